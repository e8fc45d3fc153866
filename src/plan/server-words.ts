// What a server says of an object, without what is in the object: refusals quote values, and values may be secret.
import { asRecord, type Json } from "../model/object.ts";

/** A text of an object that is as long as this is content; what is shorter is a name, a size or a word of an enum. */
const LONG = 24;
const WORDS_SHOWN = 600;
/** Names of fields whose text is content however short it is. */
const SECRETIVE = /passw|token|secret$|key$|^content$|^data$|certificate|credential/i;
/** Names of fields whose text names something, however long. */
const NAMING = /^(name|namespace|kind|apiVersion|apiGroup|clusterName)$|(Name|Ref)$/;
/** Values of a kind that is no scalar, as field errors print them: Go's syntax, or JSON. */
const STRUCTURES = [
  /\b(map\[string\]interface ?\{\}|\[\]interface ?\{\}|v\d\w*\.\w+)\{.*\}(?=: )/gs,
  /(?<=value: )[[{].*[\]}](?=: )/gs,
];
const GONE = "…";

/** The sentence as it may be shown: what it quotes of the body is left out. */
export function tellable(message: string, body: Json = undefined): string {
  let words = message;
  for (const structure of STRUCTURES) words = words.replace(structure, GONE);
  for (const text of contentsOf(body)) {
    for (const form of [text, JSON.stringify(text).slice(1, -1)]) {
      words = words.replaceAll(form, GONE);
    }
  }
  return words.length <= WORDS_SHOWN ? words : `${words.slice(0, WORDS_SHOWN)}${GONE}`;
}

/** Longest first, so that a text inside of another one does not leave the rest of that behind. */
function contentsOf(body: Json): readonly string[] {
  const found = new Set<string>();
  collect(body, "", found);
  return [...found].sort((a, b) => b.length - a.length);
}

function collect(value: Json, field: string, into: Set<string>): void {
  if (typeof value === "string") {
    if (isContent(value, field)) into.add(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, field, into);
  } else {
    for (const [key, member] of Object.entries(asRecord(value) ?? {})) collect(member, key, into);
  }
}

function isContent(text: string, field: string): boolean {
  if (NAMING.test(field)) return false;
  return text.length >= LONG || (text.length >= 4 && SECRETIVE.test(field));
}
