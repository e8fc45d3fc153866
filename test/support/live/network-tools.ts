// What a machine must have and allow for networks of one's own.

export interface Machine {
  readonly platform: string;
  /** 0 is root; undefined where there are no such users. */
  readonly uid: number | undefined;
  which(tool: string): string | null;
}

/** Tools, and the packages of Debian and Ubuntu that they come with. */
const TOOLS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  chroot: "coreutils",
};

const THIS_MACHINE: Machine = {
  platform: process.platform,
  uid: process.getuid?.(),
  which: (tool) => Bun.which(tool),
};

/** Throws where a live cluster cannot be started. */
export function requireNetworks(): void {
  const reason = reasonAgainstNetworks(THIS_MACHINE);
  if (reason !== undefined) throw new Error(reason);
}

/** Why a live cluster cannot be started here, and what to do; undefined where it can. */
export function reasonAgainstNetworks(machine: Machine): string | undefined {
  if (machine.platform !== "linux" || machine.uid !== 0) {
    return "a live cluster has a network namespace of its own, which only root on Linux can connect: run this as root there";
  }
  const missing = Object.keys(TOOLS).find((tool) => machine.which(tool) === null);
  if (missing === undefined) return undefined;
  return `a live cluster needs \`${missing}\`, which is not on the PATH: \`apt-get install ${TOOLS[missing]}\``;
}
