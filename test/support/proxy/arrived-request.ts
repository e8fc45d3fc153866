// Reads a request whole and says whether it would change anything.
import type { IncomingMessage } from "node:http";
import type { ArrivedRequest } from "./fault-rules.ts";

/** Undefined when the client left before it had said everything. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return request.complete ? Buffer.concat(chunks) : undefined;
}

/** Without its number, which only the proxy knows. */
export function arrivedRequest(
  { method = "GET", url = "/", headers }: IncomingMessage,
  body: Buffer,
): Omit<ArrivedRequest, "writeNumber"> {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  return { method, path, query, headers, body, isWrite: isWrite(method, path, query, body) };
}

/** `TokenReview` and the like are created but never stored. */
const REVIEW = /^\/apis\/(authentication|authorization)\.k8s\.io\//;

function isWrite(method: string, path: string, query: URLSearchParams, body: Buffer): boolean {
  if (["GET", "HEAD", "OPTIONS"].includes(method) || REVIEW.test(path)) return false;
  return !(query.has("dryRun") || (method === "DELETE" && isDryDeletion(body)));
}

/** DeleteOptions carry it in the body. */
function isDryDeletion(body: Buffer): boolean {
  try {
    const { dryRun } = JSON.parse(body.toString()) as { readonly dryRun?: readonly string[] };
    return (dryRun?.length ?? 0) > 0;
  } catch {
    return false;
  }
}
