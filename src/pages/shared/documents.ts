/**
 * The HTML documents of the app. Each lives under a policy of its own: `identity.html` may not use the
 * network at all, `node.html` may reach the node that the user names, everything else only its own origin.
 */
export type DocumentName = 'index.html' | 'identity.html' | 'node.html';
