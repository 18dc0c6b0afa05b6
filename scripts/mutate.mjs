// npm run mutate: mutation testing, room by room. `-- protocol` for one room, `-- protocol src/protocol/atx.ts …` for
// files of it. Results are kept in .cache/mutation: a second run tries again only what changed.
import { rooms } from '../test/mutation/rooms.mjs';
import { ensurePackages, run } from './environment.mjs';

const [room, ...files] = process.argv.slice(2);
if (room && !rooms[room])
  throw new Error(`There is no room ${room}: ${Object.keys(rooms).join(', ')}.`);
ensurePackages();
run('npm', ['run', '--silent', 'asbuild']);
for (const ROOM of room ? [room] : Object.keys(rooms)) {
  const only = files.length > 0 ? ['--mutate', files.join(',')] : [];
  run('npx', ['stryker', 'run', 'test/mutation/stryker.config.mjs', ...only], {
    env: { ...process.env, ROOM },
  });
}
