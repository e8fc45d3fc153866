// Starts the compiled program and kills it (SIGKILL) at one of its writes.
import type { ClusterName } from "../../../src/model/error.ts";
import { binary, type Ended, start } from "../binary.ts";
import type { Rule } from "../proxy/fault-rules.ts";
import type { Death } from "./case-text.ts";
import type { CrashScene } from "./crash-scene.ts";
import type { CountedWrite } from "./write-sequence.ts";

/** How one process ended. */
export interface Attempt {
  /** What was typed, without the program and its connection. */
  readonly argv: readonly string[];
  /** The write that it died at; undefined when it ended by itself. */
  readonly diedAt: CountedWrite | undefined;
  readonly ended: Ended;
}

type Place = Pick<CrashScene, "proxies" | "writes" | "connection">;

/** Without a death it runs to its end. */
export async function runProcess(
  scene: Place,
  argv: readonly string[],
  death?: Death,
): Promise<Attempt> {
  const { proxies, writes, connection } = scene;
  const [command = "", ...others] = argv;
  const words = command.startsWith("-") ? [...argv] : [...others];
  const name = command.startsWith("-") ? [] : [command];
  writes.select(death?.at);
  const running = await start([binary(), ...name, ...connection, ...words]);
  const removals = death === undefined ? [] : arm(scene, death, kill);
  async function kill(): Promise<void> {
    running.kill("SIGKILL");
    await running.ended;
  }
  const ended = await running.ended;
  for (const remove of removals) remove();
  await Promise.all(Object.values(proxies).map((proxy) => proxy.quiet()));
  return { argv, diedAt: writes.chosen, ended };
}

/** Both proxies ask the one sequence. */
function arm({ proxies, writes }: Place, { way }: Death, kill: () => Promise<void>) {
  const rule: Rule = {
    when: ({ writeNumber }) => writeNumber !== undefined && writeNumber === writes.chosen?.number,
    ...(way === "before"
      ? { before: kill, fault: { type: "reset" } }
      : { after: kill, fault: { type: "lose-answer" } }),
  };
  const names: readonly ClusterName[] = ["source", "target"];
  return names.map((cluster) => proxies[cluster].on({ ...rule }));
}
