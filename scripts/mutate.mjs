// npm run mutate: mutation testing, area by area. `-- protocol` for one area, `-- protocol src/protocol/atx.ts …` for
// files of it. Results are kept in .cache/mutation: a second run tries again only what changed.
import { areas } from '../test/mutation/areas.mjs';
import { ensurePackages, run } from './environment.mjs';

const [area, ...files] = process.argv.slice(2);
if (area && !areas[area])
  throw new Error(`There is no area ${area}: ${Object.keys(areas).join(', ')}.`);
ensurePackages();
run('npm', ['run', '--silent', 'asbuild']);
for (const AREA of area ? [area] : Object.keys(areas)) {
  const only = files.length > 0 ? ['--mutate', files.join(',')] : [];
  run('npx', ['stryker', 'run', 'test/mutation/stryker.config.mjs', ...only], {
    env: { ...process.env, AREA },
  });
}
