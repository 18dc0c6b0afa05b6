/** True for the rejection of work that its caller aborted. */
export const isAbort = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AbortError';
