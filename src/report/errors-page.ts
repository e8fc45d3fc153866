// docs/errors.md: every error code, what it means and what to do. Pure.
import type { ErrorCode } from "../model/error.ts";
import { compareStrings } from "../model/object.ts";

/** Both cells of a row: what it means, what to do. The type knows whether one is missing. */
const CELLS: Readonly<Record<ErrorCode, string>> = {
  USAGE:
    "The command line cannot be meant as it is. Nothing was contacted. | What the message says; `--help`.",
  KUBECONFIG_INVALID:
    "A kubeconfig cannot be used: kubectl would refuse it too, or it is out of a Secret and would run a command here. | Correct the field that is named; `kubectl config view`.",
  KUBECONFIG_NOT_FOUND:
    "A kubeconfig file, or the Secret of `--to-cluster`, is not there. | Check the path or the name; `--to-kubeconfig FILE` instead of the Secret.",
  CONTEXT_NOT_FOUND:
    "The kubeconfig has no such context, or no current one. | `kubectl config get-contexts`, then `--context` or `--to-context`.",
  CREDENTIAL_PLUGIN_FAILED:
    "The `exec` plugin of a user is missing, failed, or gave no credential. | Run the plugin by hand; its install hint is shown.",
  CLUSTER_UNREACHABLE:
    "No answer from an API server: refused, no such name, a proxy, or it took too long. | Network, VPN, `proxy-url`, `HTTPS_PROXY`; a longer `--request-timeout`.",
  CERTIFICATE_UNTRUSTED:
    "The server's certificate is not what the kubeconfig trusts: another authority, another name, expired. | A new kubeconfig; `tls-server-name` where the name differs on purpose.",
  UNAUTHORIZED:
    "The server does not know this user: an expired token or certificate. | Log in again, or get a new kubeconfig. A run that was going can be taken up.",
  FORBIDDEN:
    "This user may not do something that is needed. | Give the user the right that is named, or use another.",
  SAME_CLUSTER: "Source and target are one cluster. | Name another target.",
  SERVER_ERROR:
    "An API server, or something in between, failed. | `kubectl get --raw '/readyz?verbose'`; API services that are not Available.",
  REQUEST_REFUSED: "An API server refused a request. | What it says is in the message.",
  CONFLICT: "Another process goes on with this run. | Nothing here; `status` shows it.",
  NAMESPACE_NOT_FOUND: "The source has no such namespace. | Check `-n`.",
  CLUSTER_NOT_FOUND: "The source has no such Cluster. | Check `--cluster`.",
  OBJECT_NOT_FOUND:
    "What `--include` or `--leave` names is not there. | Copy the name from the plan: `KIND/NAMESPACE/NAME`.",
  NOTHING_SELECTED:
    "The flags that choose Clusters leave none. | `kubectl get clusters.cluster.x-k8s.io -A --show-labels`.",
  NOTHING_TO_MOVE: "The source has no Cluster API objects in that part. | Is it the right cluster?",
  NOT_CLUSTER_API: "The source is no management cluster. | Is it the right cluster?",
  PLAN_BLOCKED:
    "At least one finding is an error. | [findings.md](findings.md) says what to do for each; `plan` shows them again.",
  PLAN_DRIFTED:
    "The source changed between the plan that was confirmed and the freeze. | Run it again and read the new plan.",
  SOURCE_CHANGED:
    "Somebody wrote to an object of the source after it was copied. | Find the writer (`--show-managed-fields`), suspend it; run again, or `resume` where the message says so.",
  TARGET_CHANGED:
    "Somebody changed or deleted a copy; its original is not deleted. | Compare the two, then `resume`.",
  TARGET_OBJECT_DIFFERS:
    "The target has another object of that name; it is never overwritten. | Compare the two; delete or rename one.",
  COPY_DIFFERS:
    "The target stored something else than was sent: an older CRD, a webhook. | Bring the CRDs to one version; look at the webhooks.",
  COPY_VANISHED:
    "Something in the target deletes copies. | Suspend the controller or GitOps tool that does.",
  CREATE_REFUSED: "The target refused an object. | What it says is in the message; then run again.",
  DELETE_REFUSED:
    "The source refused to delete an object whose copy is in the target. | What it says is in the message; then `resume`.",
  PAUSE_NOT_ACKNOWLEDGED:
    "A controller did not say that it stands still. | Its log; a longer `--timeout`; `--assume-held KIND` when it surely does.",
  MOVE_BLOCKED:
    "A provider keeps `block-move` on an object. | Wait for it: a longer `--timeout`; its log.",
  TIMEOUT: "Something took longer than `--timeout`. | What is waited for is in the message.",
  LOCKED:
    "Another pivot works in this cluster. | Wait; `status` says who. A lock of a dead process is taken over.",
  RUN_UNFINISHED:
    "A run was interrupted here. | `resume` or `rollback`; `status` says which are possible.",
  RUN_ELSEWHERE:
    "The interrupted run is between other clusters. | Give the kubeconfigs of the pair that is named.",
  RUN_CHANGED: "The run came to an end meanwhile. | `status`.",
  NO_RUN: "There is nothing to resume or roll back. | `status` with both clusters.",
  PAST_COMMIT:
    "There is no way back any more. | `resume`; afterwards a pivot the other way round moves everything back.",
  ROLLING_BACK: "The run is on its way back, which is the only way left. | `rollback`.",
  TARGET_INCOMPLETE:
    "The target was never seen to hold everything, so it cannot go on without the source. | Bring the source back; else restore it from a backup.",
  LEASE_LOST:
    "This process lost its lock: it slept, or the network was away. Nothing more is written. | `resume` or `rollback`.",
  NOT_CONFIRMED: "The question was not answered with yes. Nothing was changed. | -",
  INTERRUPTED: "Ctrl-C or a signal. | The message says what is where.",
  ROLLBACK_INCOMPLETE:
    "Putting everything back did not come to its end. Nothing was deleted from the source. | `rollback`, as often as it takes.",
  CONTROLLER_NOT_STOPPED:
    "A controller of the source keeps running or comes back. | Suspend the autoscaler or GitOps tool that keeps it, run again.",
  CONTROLLER_NOT_STARTED:
    "Controllers of the source were scaled back but do not answer. | `kubectl get pods -A` in the source, then `rollback`.",
  SOURCE_UNREADABLE:
    "With its controllers stopped, the source cannot convert objects that it stores at another version. | Let the controller migrate them, or `--stop-controllers=never`.",
  PROOF_FAILED:
    "The fleet is in the target, but not yet as it was. Nothing is lost. | The target's controllers; then `resume`.",
  CLEANUP_INCOMPLETE:
    "The fleet has moved, but something of the source's providers is still there. | What refuses is named; then `resume`.",
  COMPONENT_DIFFERS:
    "The target has a provider's component that is another one. | Compare the two; `--components` or `--providers=skip`.",
  PROVIDER_NOT_AVAILABLE:
    "A provider does not start in the target. | Images, pull secrets and nodes there; what is missing is named.",
  CERTIFICATE_NOT_ISSUED:
    "cert-manager did not issue a provider's certificate. | Its log; `kubectl get certificaterequests -A`.",
  WEBHOOK_NOT_SERVED:
    "A provider's webhook does not answer in the target. | Endpoints of its Service; may the API server reach them?",
  BUG: "This program is wrong. Exit code 70. | Report it with the trace; `status` says how things are.",
};

/** Markdown. */
export function errorsPage(): string {
  const rows = Object.entries(CELLS)
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([code, cells]) => `| \`${code}\` | ${cells} |`);
  return `${HEADER}${rows.join("\n")}\n`;
}

const HEADER = `# Errors

The last lines of a failure have its code, what happened to what, what state things are in, and the next command to type. Codes never change.
[README](../README.md) has the exit codes. This page is made from \`src/report/errors-page.ts\`:
\`UPDATE_GOLDEN=1 bun test test/report/errors-page.test.ts\`.

| code | what it means | what to do |
| --- | --- | --- |
`;
