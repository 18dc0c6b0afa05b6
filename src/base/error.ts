/** Evidence of an error: the values that a user or a script needs to act on it. Must survive structured clone. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one error that the workbench throws on purpose. `code` is stable and kebab-case, for scripts;
 * `message` states what is wrong and what to do, for the user; `details` carries the values.
 */
export class WorkbenchError extends Error {
  override readonly name = 'WorkbenchError';
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}
