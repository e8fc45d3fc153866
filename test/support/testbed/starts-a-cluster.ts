// Run as a program by own-cluster.test.ts: starts a cluster, says so, and waits to be killed. Its child stands for
// whatever a test run may have started beside the servers.
import { spawn } from "node:child_process";
import { startCluster } from "./management-cluster.ts";

const cluster = await startCluster({ name: "doomed" });
const child = spawn("sleep", ["600"], { stdio: "ignore", detached: true });
console.log(JSON.stringify({ ...cluster.pids, child: child.pid, folder: cluster.facts.folder }));
await Bun.sleep(600_000);
