import { expect, test } from "bun:test";
import { proxyFor } from "../../src/kube/proxy.ts";

const HTTPS = { HTTPS_PROXY: "http://proxy:3128" };
const PROXY = "http://proxy:3128";

type Env = Readonly<Record<string, string>>;

const rows: readonly [string, string, string | undefined, Env, string | undefined][] = [
  ["nothing set", "https://k8s.example:6443", undefined, {}, undefined],
  ["HTTPS_PROXY for https", "https://k8s.example:6443", undefined, HTTPS, PROXY],
  ["HTTPS_PROXY not for http", "http://k8s.example", undefined, HTTPS, undefined],
  ["HTTP_PROXY for http", "http://k8s.example", undefined, { HTTP_PROXY: PROXY }, PROXY],
  ["small letters count", "https://k8s.example", undefined, { https_proxy: PROXY }, PROXY],
  ["ALL_PROXY does not", "https://k8s.example", undefined, { ALL_PROXY: PROXY }, undefined],
  [
    "a proxy without a scheme is http",
    "https://k8s.example",
    undefined,
    { HTTPS_PROXY: "proxy:3128" },
    PROXY,
  ],
  [
    "proxy-url wins over NO_PROXY",
    "https://k8s.example",
    "http://mine:1",
    { ...HTTPS, NO_PROXY: "*" },
    "http://mine:1",
  ],
  ["loopback is never proxied", "https://127.0.0.1:6443", undefined, HTTPS, undefined],
  ["nor is ::1", "https://[::1]:6443", undefined, HTTPS, undefined],
  ["nor is localhost", "https://localhost:6443", undefined, HTTPS, undefined],
  ["a star skips all", "https://k8s.example", undefined, { ...HTTPS, NO_PROXY: "*" }, undefined],
  [
    "a domain skips itself",
    "https://k8s.example",
    undefined,
    { ...HTTPS, NO_PROXY: "a,k8s.example" },
    undefined,
  ],
  [
    "a domain skips what is below",
    "https://api.k8s.example",
    undefined,
    { ...HTTPS, NO_PROXY: "k8s.example" },
    undefined,
  ],
  [
    "but not what ends alike",
    "https://myk8s.example",
    undefined,
    { ...HTTPS, NO_PROXY: "k8s.example" },
    PROXY,
  ],
  [
    "a dot skips only below",
    "https://k8s.example",
    undefined,
    { ...HTTPS, NO_PROXY: ".k8s.example" },
    PROXY,
  ],
  [
    "a star and a dot too",
    "https://api.k8s.example",
    undefined,
    { ...HTTPS, NO_PROXY: "*.k8s.example" },
    undefined,
  ],
  [
    "a port must match",
    "https://k8s.example:6443",
    undefined,
    { ...HTTPS, NO_PROXY: "k8s.example:443" },
    PROXY,
  ],
  [
    "a port that matches",
    "https://k8s.example",
    undefined,
    { ...HTTPS, NO_PROXY: "k8s.example:443" },
    undefined,
  ],
  [
    "a CIDR holds the address",
    "https://10.1.2.3:6443",
    undefined,
    { ...HTTPS, NO_PROXY: "10.0.0.0/8" },
    undefined,
  ],
  [
    "a CIDR does not",
    "https://11.1.2.3:6443",
    undefined,
    { ...HTTPS, no_proxy: "10.0.0.0/8" },
    PROXY,
  ],
  [
    "an IPv6 CIDR",
    "https://[fd00::5]:6443",
    undefined,
    { ...HTTPS, NO_PROXY: "fd00::/8" },
    undefined,
  ],
  [
    "an address alone",
    "https://10.1.2.3",
    undefined,
    { ...HTTPS, NO_PROXY: "10.1.2.3" },
    undefined,
  ],
  [
    "a broken CIDR skips nothing",
    "https://10.1.2.3",
    undefined,
    { ...HTTPS, NO_PROXY: "10.0.0.0/99" },
    PROXY,
  ],
];

test.each(rows)("%s", (_name, server, proxyUrl, env, want) => {
  expect(proxyFor(new URL(server), proxyUrl, env)).toBe(want);
});
