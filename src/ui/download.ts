/** Hands a file to the user, by the browser's own download. */
export function download(name: string, content: Blob | string, type = 'text/plain'): void {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken its reference once the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
