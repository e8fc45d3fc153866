// What is made out of the command table, and where it is kept.
import { manPage } from "./man-page.ts";
import { referencePage } from "./reference.ts";

export const MANUAL: readonly { readonly path: string; readonly text: () => string }[] = [
  { path: "docs/man/kubectl-capi_pivot.1", text: manPage },
  { path: "docs/reference.md", text: referencePage },
];
