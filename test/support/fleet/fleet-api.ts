// The little that fleets ask of a server. Anything that sends a request and returns text will do.
import type { Json } from "../../../src/model/object.ts";
import { parseLossless } from "./lossless-json.ts";

export interface FleetAnswer {
  readonly status: number;
  readonly text: string;
}

export interface FleetApi {
  request(
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<FleetAnswer>;
}

const ATTEMPTS = 40;

/** Sends and parses; throws with the server's words. Asks again while a kind is being set up (429, 503). */
export async function ask(
  api: FleetApi,
  method: string,
  path: string,
  body?: Json,
  contentType = "application/json",
): Promise<Json> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = text === undefined ? {} : { "content-type": contentType };
  for (let attempt = 1; ; attempt++) {
    const answer = await api.request(method, path, text, headers);
    if (answer.status < 300) return parseLossless(answer.text);
    const again = answer.status === 429 || answer.status === 503;
    if (!again || attempt === ATTEMPTS) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 1500)}`);
    }
    await Bun.sleep(250);
  }
}
