// A command that talks to clusters: kubectl's connection flags, for the source and, with `--to-`, for the target.
import { Option } from "clipanion";
import { BaseCommand } from "./base-command.ts";
import type { RawClusterFlags } from "./cluster-flags.ts";

export abstract class ConnectionCommand extends BaseCommand {
  readonly kubeconfig = Option.String("--kubeconfig");
  readonly sourceContext = Option.String("--context");
  readonly kubeconfigCluster = Option.String("--kubeconfig-cluster");
  readonly kubeconfigUser = Option.String("--kubeconfig-user");
  readonly server = Option.String("--server");
  readonly token = Option.String("--token");
  readonly certificateAuthority = Option.String("--certificate-authority");
  readonly clientCertificate = Option.String("--client-certificate");
  readonly clientKey = Option.String("--client-key");
  readonly insecureSkipTlsVerify = Option.Boolean("--insecure-skip-tls-verify", false);
  readonly tlsServerName = Option.String("--tls-server-name");
  readonly as = Option.String("--as");
  readonly asGroups = Option.Array("--as-group");
  readonly asUid = Option.String("--as-uid");
  readonly asUserExtras = Option.Array("--as-user-extra");
  readonly toKubeconfig = Option.String("--to-kubeconfig");
  readonly toContext = Option.String("--to-context");
  readonly toCluster = Option.String("--to-cluster");
  readonly toKubeconfigCluster = Option.String("--to-kubeconfig-cluster");
  readonly toKubeconfigUser = Option.String("--to-kubeconfig-user");
  readonly toServer = Option.String("--to-server");
  readonly toToken = Option.String("--to-token");
  readonly toCertificateAuthority = Option.String("--to-certificate-authority");
  readonly toClientCertificate = Option.String("--to-client-certificate");
  readonly toClientKey = Option.String("--to-client-key");
  readonly toInsecureSkipTlsVerify = Option.Boolean("--to-insecure-skip-tls-verify", false);
  readonly toTlsServerName = Option.String("--to-tls-server-name");
  readonly toAs = Option.String("--to-as");
  readonly toAsGroups = Option.Array("--to-as-group");
  readonly toAsUid = Option.String("--to-as-uid");
  readonly toAsUserExtras = Option.Array("--to-as-user-extra");
  readonly requestTimeout = Option.String("--request-timeout");

  /** `context` is clipanion's own word, so the flag of that name has another one in this class. */
  protected get rawClusterFlags(): RawClusterFlags {
    return { ...this, context: this.sourceContext };
  }
}
