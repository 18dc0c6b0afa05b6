/**
 * `window.workbench`: everything the pages do, for the browser's console and for automation. The pages
 * call the same functions.
 */
import packageJson from '../../package.json';

export interface Workbench {
  readonly version: string;
}

declare global {
  interface Window {
    workbench: Workbench;
  }
}

export const workbench: Workbench = {
  version: packageJson.version,
};
