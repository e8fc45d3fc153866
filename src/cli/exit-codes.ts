// What each exit code means, for help, man page and reference. The numbers are those of model/error.ts.
import { EXIT } from "../model/error.ts";

export interface ExitMeaning {
  readonly codes: readonly number[];
  /** A few words, for one line. */
  readonly short: string;
  /** A sentence. */
  readonly long: string;
}

export const EXIT_MEANINGS: readonly ExitMeaning[] = [
  { codes: [EXIT.done], short: "done", long: "Everything that was asked for is done." },
  {
    codes: [EXIT.unchanged],
    short: "nothing was changed",
    long: "It failed, or was blocked or declined, and both clusters are as they were.",
  },
  {
    codes: [EXIT.usage],
    short: "usage",
    long: "The command line cannot be meant like this. Nobody was contacted.",
  },
  {
    codes: [EXIT.midway],
    short: "stopped midway",
    long: "It stopped before the point of no return and could not put everything back.",
  },
  {
    codes: [EXIT.pastCommit],
    short: "stopped past the point of no return",
    long: "It stopped past the point of no return: every copy is in the target, and what is left has to be done forwards.",
  },
  { codes: [EXIT.bug], short: "bug", long: "A bug in this program. Please report it." },
  {
    codes: [EXIT.sigint, EXIT.sigterm, EXIT.sighup],
    short: "a signal",
    long: "SIGINT, SIGTERM or SIGHUP arrived, and both clusters are as they were.",
  },
];

/** `0 done, 1 nothing was changed, …` */
export function exitCodesText(): string {
  return EXIT_MEANINGS.map(({ codes, short }) => `${codes.join("/")} ${short}`).join(", ");
}
