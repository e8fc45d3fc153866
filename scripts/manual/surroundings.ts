// What help has no room for: the environment and the files that the program looks at.

export interface Surrounding {
  readonly names: readonly string[];
  readonly about: string;
}

export const ENVIRONMENT: readonly Surrounding[] = [
  {
    names: ["KUBECONFIG"],
    about:
      "Kubeconfig files, with colons between them (semicolons on Windows), merged as kubectl merges them. --kubeconfig wins.",
  },
  {
    names: ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"],
    about: "Proxies, as in kubectl. proxy-url of a cluster in the kubeconfig wins.",
  },
  {
    names: ["NO_COLOR", "FORCE_COLOR"],
    about:
      "No colours, or colours even into a pipe. NO_COLOR wins over FORCE_COLOR, --color over both.",
  },
  { names: ["CI"], about: "When set, nothing moves on a terminal: lines instead of a spinner." },
  { names: ["TERM"], about: "dumb: neither colours nor a spinner." },
];

export const FILES: readonly Surrounding[] = [
  { names: ["~/.kube/config"], about: "Kubeconfig, when nothing else names one." },
  {
    names: ["/var/run/secrets/kubernetes.io/serviceaccount"],
    about: "Credentials of the pod it runs in, when there is no kubeconfig.",
  },
];
