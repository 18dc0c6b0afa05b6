// The bridge (src/server/bridge.ts) on a port of its own, for a workbench that is hosted elsewhere:
//
//   node scripts/bridge.mjs --origin https://its.address --node [NAME=]PUBLIC[,PRIVATE[,POST]] … \
//     --post-service HOST:PORT … --k2pow HOST:PORT … [--bridge-port 4174]
//
// `npm start -- --node …` serves it below /bridge of the app itself instead.
import { ensurePackages } from './environment.mjs';

ensurePackages();
const { loadServer } = await import('./server.mjs');
const [{ createBridge }, { readArguments }] = [
  await loadServer('bridge'),
  await loadServer('targets'),
];

try {
  const { port, origin, ...targets } = readArguments(process.argv.slice(2));
  if (!origin)
    throw new Error('No page may ask this bridge. Name one: --origin https://its.address');
  createBridge({ origin, ...targets }).listen(port, '127.0.0.1', () => {
    console.log(`Bridge at http://127.0.0.1:${port} for the pages of ${origin}`);
  });
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
