// The latency proxy as a process of its own, so that what it measures does not share its event loop:
// `bun latency-proxy-main.ts --to 127.0.0.1:6443 --rtt 20`. The first line on stdout is its port.
// With `--until-stdin-ends` it goes when its parent does, however that ended.
import { parseArgs } from "node:util";
import { DEFAULT_ROUND_TRIP_MS, startLatencyProxy } from "./latency-proxy.ts";

const { values } = parseArgs({
  options: {
    to: { type: "string" },
    rtt: { type: "string", default: String(DEFAULT_ROUND_TRIP_MS) },
    "until-stdin-ends": { type: "boolean", default: false },
  },
});
const [, host, port] = /^(.+):(\d+)$/.exec(values.to ?? "") ?? [];
const roundTripMs = Number(values.rtt);
if (host === undefined || !Number.isInteger(roundTripMs) || roundTripMs < 0) {
  throw new Error("usage: latency-proxy-main.ts --to HOST:PORT [--rtt MILLISECONDS]");
}

const proxy = await startLatencyProxy({ host, port: Number(port), roundTripMs });
console.log(proxy.port);

const ends = ["SIGINT", "SIGTERM"].map(
  (signal) => new Promise<void>((resolve) => process.once(signal, () => resolve())),
);
if (values["until-stdin-ends"]) {
  ends.push(new Promise((resolve) => process.stdin.resume().once("end", resolve)));
}
await Promise.race(ends);
await proxy.stop();
process.exit();
