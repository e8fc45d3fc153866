// What `-v` shows of requests. Bodies are never logged: they hold Secrets.
import type { ClusterName, PivotError } from "../model/error.ts";
import type { HttpAnswer, HttpHeaders } from "./http.ts";

/** Called for every line with its level: 6 one line per request, 8 headers. */
export type Log = (level: number, line: string) => void;

/** Below this level no line is ever asked for. */
export const LOGGED_FROM = 6;

interface LoggedRequest {
  readonly cluster: ClusterName;
  readonly method: string;
  readonly path: string;
}

const SECRET_HEADERS = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

/** One request that was answered. */
export function logExchange(
  log: Log | undefined,
  exchange: {
    readonly request: LoggedRequest;
    readonly headers: HttpHeaders;
    readonly answer: HttpAnswer;
    readonly ms: number;
  },
): void {
  if (log === undefined) return;
  const { request, answer, ms } = exchange;
  log(LOGGED_FROM, `${subject(request)} ${answer.status} in ${Math.round(ms)} ms`);
  const { cluster } = request;
  const sent = headerLines(`${cluster}: request`, Object.entries(exchange.headers));
  const received = headerLines(`${cluster}: response`, [...answer.headers]);
  for (const line of [...sent, ...received]) log(8, line);
}

/** One request that got no answer. */
export function logFailure(
  log: Log | undefined,
  exchange: {
    readonly request: LoggedRequest;
    readonly error: PivotError;
    readonly ms: number;
  },
): void {
  const { request, error, ms } = exchange;
  log?.(LOGGED_FROM, `${subject(request)} failed in ${Math.round(ms)} ms: ${error.message}`);
}

/** Two clusters are spoken to at once. */
function subject({ cluster, method, path }: LoggedRequest): string {
  return `${cluster}: ${method} ${path}`;
}

function headerLines(
  side: string,
  headers: readonly (readonly [string, string | readonly string[]])[],
): readonly string[] {
  return headers.flatMap(([name, values]) =>
    [values].flat().map((value) => {
      const shown = SECRET_HEADERS.has(name.toLowerCase()) ? "<masked>" : value;
      return `${side} header ${name}: ${shown}`;
    }),
  );
}
