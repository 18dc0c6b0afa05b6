export interface Package {
  readonly name: string;
  /** Its folder in node_modules. */
  readonly alias: string;
  readonly version: string;
  readonly licence: string;
  readonly integrity: string;
  readonly texts: readonly string[];
}
export function shippedPackages(root: string): Package[];
export function noticesText(packages: readonly Package[]): string;
export function billOfMaterials(
  packages: readonly Package[],
  product: Readonly<Record<'name' | 'version' | 'description' | 'license', string>>,
): string;
