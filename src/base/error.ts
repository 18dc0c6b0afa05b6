/** Evidence of an error: whatever a person or a script needs to act on it. Must survive structured clone. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one error that the workbench throws on purpose. `code` is stable and kebab-case, for scripts;
 * `message` says what is wrong and what to do, for people; `details` carries the evidence.
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
