// Records docs/demo.svg from a real run: the compiled plugin on a terminal, between two clusters of the testbed.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { binary, plainEnv } from "../test/support/binary.ts";
import { applyFleet } from "../test/support/fleet/apply-fleet.ts";
import { classFleet, fleetOf, plainFleet } from "../test/support/fleet/fleets.ts";
import { type Pair, startPair } from "../test/support/testbed/pair.ts";
import { writePairFolder } from "../test/support/testbed/pair-folder.ts";
import { type FilmSize, filmOf, type Written } from "./recording/film.ts";
import { filmSvg } from "./recording/film-svg.ts";

const PAGE = join(import.meta.dir, "..", "docs", "demo.svg");
const SIZE: FilmSize = { columns: 88, rows: 30 };
const COMMAND = "kubectl capi-pivot --to-kubeconfig target.kubeconfig";
const QUESTION = "[y/N]";
const KEY_MS = 45;
const THINK_MS = 1_500;

async function main(): Promise<void> {
  binary();
  const fleet = fleetOf([plainFleet("team-a"), classFleet("team-b")].flatMap((one) => one.objects));
  const kinds = new Set(fleet.objects.map(({ kind }) => kind));
  const pair = await startPair({ kinds, fill: (source) => applyFleet(source, fleet) });
  try {
    const film = filmOf(await record(pair), SIZE);
    await writeFile(PAGE, filmSvg(film, SIZE));
    console.log(`${PAGE}: ${film.length} frames`);
  } finally {
    await Promise.all([pair.source.stop(), pair.target.stop()]);
  }
}

async function record(pair: Pair): Promise<readonly Written[]> {
  const folder = await writePairFolder(pair);
  const written: Written[] = [...typing()];
  const start = performance.now() - (written.at(-1)?.at ?? 0);
  let isAnswered = false;
  const child = Bun.spawn(["sh", "-c", COMMAND], {
    cwd: folder.folder,
    env: await plainEnv({ KUBECONFIG: folder.sourceKubeconfig }),
    terminal: {
      cols: SIZE.columns,
      rows: SIZE.rows,
      data: (terminal, bytes) => {
        const text = new TextDecoder().decode(bytes);
        written.push({ at: performance.now() - start, text });
        if (isAnswered || !Bun.stripANSI(text).includes(QUESTION)) return;
        isAnswered = true;
        setTimeout(() => terminal.write("y\n"), THINK_MS);
      },
    },
  });
  const code = await child.exited;
  child.terminal?.close();
  await folder.remove();
  if (code !== 0) throw new Error(`the run ended with exit code ${code}: ${written.at(-1)?.text}`);
  return written;
}

/** The command, as somebody would type it. */
function typing(): readonly Written[] {
  const keys = [...`${COMMAND}\r\n`];
  return [
    { at: 0, text: "$ " },
    ...keys.map((text, index) => ({ at: THINK_MS / 2 + index * KEY_MS, text })),
  ];
}

await main();
