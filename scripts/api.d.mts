export interface ReferenceCall {
  /** `workbench.state.open` */
  readonly path: string;
  readonly signature: string;
  readonly text: string;
  /** Names of the types in the signature. */
  readonly types: readonly string[];
}
export function referenceOf(declarations: string): {
  readonly calls: readonly ReferenceCall[];
  readonly types: Readonly<
    Record<string, { readonly text: string; readonly types: readonly string[] }>
  >;
};
export function scriptingApi(root: string): {
  readonly declarations: string;
  readonly reference: string;
};
