// What an answer of an API server says: a body, or a refusal in the words of its Status. Nothing here may quote a Secret.
import { KubeApiError } from "../model/error.ts";
import { type Json, stringAt } from "../model/object.ts";
import type { HttpAnswer } from "./http.ts";
import { parseJson } from "./json.ts";
import { noApiServer, type Peer } from "./transport-failure.ts";

/** What an answer is read for. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly lines?: boolean;
}

export function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** `POST /api/v1/namespaces/x/secrets`. */
export function label(request: Asked): string {
  return `${request.method} ${request.path.split("?")[0]}`;
}

/** @throws PivotError SERVER_ERROR when it is no JSON. */
export function bodyOf({ text }: HttpAnswer, peer: Peer, request: Asked): Json {
  const parsed = (part: string): Json => {
    const value = parsedOrUndefined(part);
    if (value === undefined) throw noApiServer(peer, label(request), "something that is no JSON");
    return value;
  };
  if (request.lines !== true) return parsed(text);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map(parsed);
}

/** The parser's own error is dropped: it quotes the body. */
function parsedOrUndefined(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A body that is no Status (an HTML page of a load balancer) is not repeated in the error. */
export function refusal(
  answer: HttpAnswer,
  peer: Peer,
  request: string,
  isRepeat: boolean,
): KubeApiError {
  const status = parsedOrUndefined(answer.text);
  const words = stringAt(status, "kind") === "Status" ? stringAt(status, "message") : undefined;
  const message = words ?? `the server answered with status ${answer.status}`;
  return new KubeApiError({
    status: answer.status,
    reason: stringAt(status, "reason") ?? "",
    message: mayQuoteSecret(request, answer.status, message) ? WITHHELD : message,
    cluster: peer.name,
    request,
    isRepeat,
  });
}

const WITHHELD = "the server's words are not shown, because they may quote the Secret";
const SECRET_WRITE = /^(POST|PUT|PATCH|DELETE) \/api\/v1\/namespaces\/[^/]+\/secrets(\/|$)/;
/** What the server itself says of names, versions and rights. */
const HARMLESS_STATUS: ReadonlySet<number> = new Set([404, 409, 429]);
const NO_RIGHT = /is forbidden: User "[^"]*" cannot \w+ resource/;

/** Validation and admission may repeat what was written: here, in every later error and in every cause. */
function mayQuoteSecret(request: string, status: number, message: string): boolean {
  if (!SECRET_WRITE.test(request) || HARMLESS_STATUS.has(status)) return false;
  return !NO_RIGHT.test(message);
}
