// npm run package, and node scripts/identity-file.mjs FOLDER: the Identity page as one file that runs from disk (`file://`),
// for a machine without a network. Scripts and styles are in the file, and its policy allows nothing but them, by hash.
// The same sources give the same bytes. Its SHA-256 is beside it.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './environment.mjs';

const sha256 = (text, form) => createHash('sha256').update(text).digest(form);
const dataUrl = (path, type) =>
  `data:${type};base64,${readFileSync(join(root, path)).toString('base64')}`;

/** The other pages, and the workers that this one never starts, are left out; the icon is a data: URL. */
const alone = {
  name: 'alone',
  enforce: 'pre',
  resolveId(source) {
    const page = /\/pages\/([^/]+)\/\w+Page\.svelte$/.exec(source)?.[1];
    if (page !== undefined && page !== 'identity') return '\0absent-page';
    return /\?worker/.test(source) ? '\0absent-worker' : undefined;
  },
  load(id) {
    if (id === '\0absent-page') return 'export default undefined;';
    return id === '\0absent-worker' ? "export default '';" : undefined;
  },
  transform: (code, id) =>
    id.endsWith('/App.svelte')
      ? code.replace('./icon.svg', dataUrl('public/icon.svg', 'image/svg+xml'))
      : undefined,
};

async function bundle() {
  const { build } = await import('vite');
  const { svelte } = await import('@sveltejs/vite-plugin-svelte');
  process.env.VITE_ALONE = 'yes';
  const { output } = await build({
    configFile: false,
    root: join(root, 'src'),
    base: './',
    logLevel: 'error',
    plugins: [alone, svelte()],
    build: {
      write: false,
      target: 'es2023',
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: {
        input: join(root, 'src/app/identity.ts'),
        output: { codeSplitting: false },
      },
    },
  });
  const scripts = output.filter(({ type }) => type === 'chunk');
  const styles = output.filter(({ fileName }) => fileName.endsWith('.css'));
  const others = output.filter((part) => !scripts.includes(part) && !styles.includes(part));
  if (scripts.length !== 1 || others.length > 0)
    throw new Error(`more than one file: ${output.map(({ fileName }) => fileName).join(', ')}`);
  return { script: scripts[0].code, style: styles.map(({ source }) => source).join('\n') };
}

/** Inside an element a text must not end it, nor open a comment. */
function inside(tag, text) {
  const safe = tag === 'script' ? text.replaceAll('</script', '<\\/script') : text;
  if (safe.includes(`</${tag}`) || (safe.includes('<!--') && safe.includes('<script')))
    throw new Error(`the text would end its <${tag}>`);
  return safe;
}

/** The file's text and its policy. */
export async function identityFile() {
  const parts = await bundle();
  const script = inside('script', parts.script);
  const style = inside('style', parts.style);
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${sha256(script, 'base64')}'`,
    `style-src 'sha256-${sha256(style, 'base64')}'`,
    "connect-src 'none'",
    "worker-src 'none'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default svelte-trusted-html',
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Identity · PoST Workbench</title>
    <style>${style}</style>
  </head>
  <body>
    <div id="app"></div>
    <noscript>The workbench computes everything in this page, so it needs JavaScript.</noscript>
    <script type="module">${script}</script>
  </body>
</html>
`;
  return { html, policy };
}

/** Writes the file and its sum; prints both with the policy. */
export async function writeIdentityFile(folder, name) {
  const { html, policy } = await identityFile();
  const sum = sha256(html, 'hex');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), html);
  writeFileSync(join(folder, `${name}.sha256`), `${sum}  ${name}\n`);
  console.log(`${name}: ${(html.length / 1e6).toFixed(2)} MB, SHA-256 ${sum}\npolicy: ${policy}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await writeIdentityFile(process.argv[2] ?? join(root, 'release'), 'identity.html');
