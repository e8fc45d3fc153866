// kubectl's connection flags as typed -> overrides, and overrides -> flags that can be typed again for either cluster.
import type { ConnectionOverrides } from "../kube/overrides.ts";
import { usageError } from "../model/error.ts";
import { badValue } from "./flag-values.ts";
import { shellWord } from "./shell-word.ts";

type Text = string | undefined;
type Texts = readonly string[] | undefined;

/** As clipanion collects them, for one cluster. */
export interface RawAccess {
  readonly kubeconfigCluster?: Text;
  readonly kubeconfigUser?: Text;
  readonly server?: Text;
  readonly token?: Text;
  readonly certificateAuthority?: Text;
  readonly clientCertificate?: Text;
  readonly clientKey?: Text;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: Text;
  readonly as?: Text;
  readonly asGroups?: Texts;
  readonly asUid?: Text;
  readonly asUserExtras?: Texts;
}

/** What the names of a cluster's flags begin with. */
export type Prefix = "--" | "--to-";

interface TextFlag {
  readonly key: Exclude<keyof ConnectionOverrides, "insecure" | "asGroups" | "asExtra">;
  readonly raw: Exclude<keyof RawAccess, "insecureSkipTlsVerify" | "asGroups" | "asUserExtras">;
  readonly long: string;
  readonly value: string;
}

const TEXT_FLAGS: readonly TextFlag[] = [
  { key: "cluster", raw: "kubeconfigCluster", long: "kubeconfig-cluster", value: "NAME" },
  { key: "user", raw: "kubeconfigUser", long: "kubeconfig-user", value: "NAME" },
  { key: "server", raw: "server", long: "server", value: "URL" },
  { key: "token", raw: "token", long: "token", value: "TOKEN" },
  { key: "caFile", raw: "certificateAuthority", long: "certificate-authority", value: "FILE" },
  { key: "certFile", raw: "clientCertificate", long: "client-certificate", value: "FILE" },
  { key: "keyFile", raw: "clientKey", long: "client-key", value: "FILE" },
  { key: "tlsServerName", raw: "tlsServerName", long: "tls-server-name", value: "NAME" },
  { key: "as", raw: "as", long: "as", value: "USER" },
  { key: "asUid", raw: "asUid", long: "as-uid", value: "UID" },
];

/**
 * Undefined when nothing is overridden.
 * @throws PivotError USAGE, also for an empty value: it is most often a variable that is not set.
 */
export function readOverrides(raw: RawAccess, prefix: Prefix): ConnectionOverrides | undefined {
  const overrides: ConnectionOverrides = {
    ...Object.fromEntries(
      TEXT_FLAGS.flatMap((flag) => {
        const text = notEmpty(raw[flag.raw], prefix + flag.long, flag.value);
        return text === undefined ? [] : [[flag.key, text]];
      }),
    ),
    ...(raw.insecureSkipTlsVerify === true ? { insecure: true } : {}),
    ...(raw.asGroups === undefined ? {} : { asGroups: raw.asGroups }),
    ...(raw.asUserExtras === undefined ? {} : { asExtra: extrasOf(raw.asUserExtras, prefix) }),
  };
  return Object.keys(overrides).length === 0 ? undefined : overrides;
}

/** @throws PivotError USAGE */
export function notEmpty(text: Text, flag: string, value: string): Text {
  if (text === "") throw usageError(`${flag} is empty`, `${flag} ${value}`);
  return text;
}

function extrasOf(texts: readonly string[], prefix: Prefix): Record<string, readonly string[]> {
  const pairs = texts.map((text) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      throw badValue(`${prefix}as-user-extra`, text, "KEY=VALUE");
    }
    return { key, value };
  });
  const byKey = Object.groupBy(pairs, ({ key }) => key);
  return Object.fromEntries(
    Object.entries(byKey).map(([key, found = []]) => [key, found.map(({ value }) => value)]),
  );
}

/** Words of a command line that is shown to be copied; the token is left for the operator to fill in. */
export function overrideWords(
  overrides: ConnectionOverrides | undefined,
  prefix: Prefix,
): readonly string[] {
  if (overrides === undefined) return [];
  const { insecure, asGroups = [], asExtra = {} } = overrides;
  const texts = TEXT_FLAGS.flatMap(({ key, long, value }) => {
    const text = overrides[key];
    if (text === undefined) return [];
    return [prefix + long, key === "token" ? value : shellWord(text)];
  });
  const extras = Object.entries(asExtra).flatMap(([key, values]) =>
    values.flatMap((value) => [`${prefix}as-user-extra`, shellWord(`${key}=${value}`)]),
  );
  return [
    ...texts,
    ...(insecure === true ? [`${prefix}insecure-skip-tls-verify`] : []),
    ...asGroups.flatMap((group) => [`${prefix}as-group`, shellWord(group)]),
    ...extras,
  ];
}
