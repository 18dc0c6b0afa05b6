import { describe, expect, test } from 'vitest';
import { projectHostsBelow, projectHostsIn } from '../../support/project-hosts';

describe('hosts of the project', () => {
  test('projectHostsIn: links and hosts, each found; names of services and repositories, not', () => {
    expect(
      projectHostsIn(
        'https://docs.spacemesh.io/x, quicksync.spacemesh.network, https://github.com/spacemeshos/api',
      ),
    ).toHaveLength(3);
    expect(projectHostsIn('spacemesh.v1.NodeService spacemeshos/post spacemesh.service')).toEqual(
      [],
    );
  });

  test.each(['src', 'public', 'assembly'])('%s: no host of the project', (folder) => {
    expect(projectHostsBelow(folder)).toEqual([]);
  });
});
