/**
 * One initialisation divided among machines, as the text that the usual engines take: a
 * shell loop, GNU parallel, a Slurm array, a Kubernetes Indexed Job. Flags are postcli's
 * (spacemeshos/post cmd/postcli/main.go).
 */
import { shellPath, shellWord } from '../../base/shell';
import { mainnetPost } from '../../protocol/units';
import { invalid, whole } from '../inputs';

export interface InitJob {
  /** 32 bytes in hex. Required: with a range of files postcli makes no key itself. */
  readonly nodeId: string;
  readonly commitmentAtxId: string;
  readonly numUnits: number;
  readonly dataDir: string;
  /** Compute provider, from `postcli -printProviders`; 0 is the first GPU. */
  readonly provider: number;
  readonly maxFileSizeBytes?: number | undefined;
  /** Left out of the command where they are the mainnet's. */
  readonly labelsPerUnit?: number | undefined;
  readonly scryptN?: number | undefined;
  readonly ranges: readonly { readonly fromFile: number; readonly toFile: number }[];
}

export interface Manifests {
  /** One command per range. */
  readonly commands: readonly string[];
  readonly shellLoop: string;
  readonly gnuParallel: string;
  readonly slurmArray: string;
  readonly kubernetes: string;
  /** What has to be done by hand once all parts are together. */
  readonly afterwards: readonly string[];
}

/** postcli's own default, post config/config.go. */
const defaultMaxFileSize = 4 * 2 ** 30;

/** @throws WorkbenchError `input-not-valid`, `shell-control-character`, `shell-empty` */
export function manifests(job: InitJob): Manifests {
  const common = commonFlags(job);
  if (job.ranges.length === 0) throw invalid('ranges', 'at least one range of files', 0);
  for (const { fromFile, toFile } of job.ranges) {
    whole(fromFile, 'fromFile', 0, 2 ** 31 - 1);
    whole(toFile, 'toFile', fromFile, 2 ** 31 - 1);
  }
  const last = job.ranges.length - 1;
  const froms = job.ranges.map(({ fromFile }) => fromFile).join(' ');
  const tos = job.ranges.map(({ toFile }) => toFile).join(' ');
  const part = (from: string, to: string, directory: string): string =>
    `postcli ${common} -datadir ${directory} -fromFile ${from} -toFile ${to} -yes`;
  // GNU parallel replaces {…} in its command, whatever quotes are around it.
  if (/[{}]/.test(job.dataDir)) throw invalid('dataDir', 'a path without braces', job.dataDir);
  const directory = shellPath(job.dataDir);
  const byIndex = (index: string): string =>
    [
      `FROM=(${froms})`,
      `TO=(${tos})`,
      `I=${index}`,
      part('"${FROM[I]}"', '"${TO[I]}"', `${directory}/part-"$I"`),
    ].join('\n');
  return {
    commands: job.ranges.map(({ fromFile, toFile }, i) =>
      part(String(fromFile), String(toFile), `${directory}/part-${i}`),
    ),
    shellLoop: `#!/usr/bin/env bash
# All parts on this machine, one after the other. Run it again after an interruption: it goes on.
set -euo pipefail
FROM=(${froms})
TO=(${tos})
for I in "\${!FROM[@]}"; do
  ${part('"${FROM[I]}"', '"${TO[I]}"', `${directory}/part-"$I"`)}
done
`,
    gnuParallel: `#!/usr/bin/env bash
# One part per machine at a time. hosts.txt: one ssh login per line, postcli on each machine's PATH.
set -euo pipefail
parallel --sshloginfile hosts.txt --jobs 1 --retries 3 --joblog init.log --link \\
  ${shellWord(part('{1}', '{2}', `${directory}/part-{#}`))} \\
  ::: ${froms} ::: ${tos}
`,
    slurmArray: `#!/usr/bin/env bash
#SBATCH --job-name=post-init
#SBATCH --array=0-${last}
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=2
#SBATCH --requeue
set -euo pipefail
${byIndex('$SLURM_ARRAY_TASK_ID')}
`,
    kubernetes: `apiVersion: batch/v1
kind: Job
metadata:
  name: post-init
spec:
  completionMode: Indexed
  completions: ${job.ranges.length}
  parallelism: ${job.ranges.length}
  backoffLimitPerIndex: 3
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: postcli
          # An image with bash, postcli and an OpenCL driver for your GPUs.
          image: REGISTRY/postcli:VERSION
          command: ['bash', '-euo', 'pipefail', '-c']
          args:
            - |
${kubernetesText(byIndex('$JOB_COMPLETION_INDEX')).replace(/^/gm, '              ')}
          resources:
            limits:
              nvidia.com/gpu: 1
          volumeMounts:
            - name: post
              mountPath: ${JSON.stringify(job.dataDir)}
      volumes:
        - name: post
          persistentVolumeClaim:
            claimName: post-data
`,
    afterwards: [
      'Move the postdata_N.bin files of all parts into one directory: their numbers do not overlap.',
      'Compare NonceValue in the parts’ postdata_metadata.json: keep the file with the smallest value. A part without one has found none.',
      'If no part has a NonceValue, run postcli once more over the joined directory, without -fromFile and -toFile, to search for it.',
      `Check the data: postcli -verify -fraction 0.1 -datadir ${directory}`,
      'Copy the private key (identity.key or local.key) of this node ID to the node. The data cannot be used without it, and two nodes must never use it at the same time.',
    ],
  };
}

/** Kubernetes replaces $(NAME) in arguments; $$( is a literal one (Container v1, args). */
const kubernetesText = (text: string): string => text.replaceAll('$(', '$$$$(');

function commonFlags(job: InitJob): string {
  const flags = [
    `-provider ${whole(job.provider, 'provider', 0, 2 ** 32 - 1)}`,
    `-numUnits ${whole(job.numUnits, 'numUnits', 1, 2 ** 32 - 1)}`,
    `-id ${hex32(job.nodeId, 'nodeId')}`,
    `-commitmentAtxId ${hex32(job.commitmentAtxId, 'commitmentAtxId')}`,
  ];
  const { maxFileSizeBytes, labelsPerUnit, scryptN } = job;
  if (maxFileSizeBytes !== undefined && maxFileSizeBytes !== defaultMaxFileSize)
    flags.push(`-maxFileSize ${whole(maxFileSizeBytes, 'maxFileSizeBytes', 16, 2 ** 53 - 1)}`);
  if (labelsPerUnit !== undefined && labelsPerUnit !== mainnetPost.labelsPerUnit)
    flags.push(`-labelsPerUnit ${whole(labelsPerUnit, 'labelsPerUnit', 1, 2 ** 53 - 1)}`);
  if (scryptN !== undefined && scryptN !== mainnetPost.scryptN)
    flags.push(`-scryptN ${whole(scryptN, 'scryptN', 2, 2 ** 32 - 1)}`);
  return flags.join(' ');
}

function hex32(value: string, what: string): string {
  const digits = value.replace(/^0x/i, '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) throw invalid(what, '64 hex digits', value);
  return digits;
}
