// Fills the template of krew's manifest with what a release has made.

/** What is downloaded, by the name of its target. */
export interface Download {
  readonly target: string;
  readonly uri: string;
  readonly sha256: string;
}

export interface ManifestValues {
  /** Without the v. */
  readonly version: string;
  readonly homepage: string;
  readonly downloads: readonly Download[];
}

/** @throws Error for a place that nothing fills. */
export function fillManifest(template: string, values: ManifestValues): string {
  const fills = new Map([
    ["version", `v${values.version}`],
    ["homepage", values.homepage],
    ...values.downloads.flatMap(({ target, uri, sha256 }): [string, string][] => [
      [`${target}.uri`, uri],
      [`${target}.sha256`, sha256],
    ]),
  ]);
  const withoutComment = template.replace(/^(?:#.*\n)+/, "");
  return withoutComment.replaceAll(/\$\((.*?)\)/g, (place, name: string) => {
    const value = fills.get(name);
    if (value === undefined) throw new Error(`nothing fills ${place} in the manifest's template`);
    return value;
  });
}
