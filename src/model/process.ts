// Processes, as far as a lock needs to tell them apart.

/** What no other process of any machine has, as long as that machine is up. Linux. */
export interface ProcessIdentity {
  /** Of this start of the kernel: /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  /** The namespaces in which pid and start time count, e.g. `pid:[4026531836] time:[4026531834]`. */
  readonly namespaces: string;
  readonly pid: number;
  /** Clock ticks since the kernel started, as /proc/PID/stat writes them. */
  readonly startTime: string;
}

/** This process, and what it can tell about others of the same machine. */
export interface OwnProcess {
  /** Random: two processes of one run, operator and host have different ones. */
  readonly id: string;
  /** Undefined where the platform does not tell. */
  readonly identity: ProcessIdentity | undefined;
  /** True only when it is certain: it ran on this machine, and does not any more. */
  isDead(other: ProcessIdentity): boolean;
}
