/**
 * Names of what the browser keeps per origin. Two deployments on one origin (`/a/` and `/b/`) share its databases, caches,
 * channels and locks: a name that carries the path of its deployment is used by that deployment only.
 */

/** The folder of a document: "/tools/workbench/" of "/tools/workbench/node.html". */
export const deploymentPath = (pathname: string): string =>
  pathname.slice(0, pathname.lastIndexOf('/') + 1);

/** @param pathname of the document. Paths in addresses have no spaces, so no name begins another. */
export const scopedName = (name: string, pathname: string): string =>
  `${name} ${deploymentPath(pathname)}`;
