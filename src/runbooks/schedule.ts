/**
 * A proving schedule that runs: per drive one post-service after another, the next one when /status of the previous one
 * reports that its proof was made and fetched. Texts for systemd, docker compose and Kubernetes; nothing is executed here.
 * Source: post-rs v0.8.5, service/src/main.rs (options) and service/src/operator.rs (/status: "Idle", {"Proving": …},
 * "DoneProving").
 */
import { WorkbenchError } from '../base/error';
import { shellWord, systemdWord } from '../base/shell';

export interface ScheduledService {
  /** Of the identity: letters, digits and hyphens, for units and containers. */
  readonly name: string;
  readonly dataDir: string;
  readonly nonces: number;
  readonly threads: number;
}

export interface ServiceSchedule {
  /** Host name of the machine that holds the data. */
  readonly machine: string;
  /** Where the node takes post-services: `http://127.0.0.1:9094`. */
  readonly nodeAddress: string;
  /** Per drive, in the order of proving. */
  readonly drives: readonly (readonly ScheduledService[])[];
  /** Operator address of the first service; each further one has the next port. */
  readonly firstPort: number;
  /** Start of each cycle gap that is planned for. */
  readonly gapStartsMs: readonly number[];
  /** Without a request for a proof in this time a service is passed over: its proof is already made. */
  readonly idleLimitS?: number | undefined;
  /** Program, or path of it; `post-service` when absent. */
  readonly program?: string | undefined;
  /** For containers. */
  readonly image?: string | undefined;
}

interface PortedService extends ScheduledService {
  readonly port: number;
}

const portsOf = ({ drives, firstPort }: ServiceSchedule): readonly (readonly PortedService[])[] => {
  let port = firstPort;
  return drives.map((services) => services.map((service) => ({ ...service, port: port++ })));
};

/** @throws WorkbenchError `schedule-name-not-valid`, `schedule-name-twice`, `schedule-empty`, `schedule-port-not-valid` */
function check(schedule: ServiceSchedule): void {
  const services = schedule.drives.flat();
  if (services.length === 0)
    throw new WorkbenchError('schedule-empty', 'The schedule has no identity. Add one to a drive.');
  const lastPort = schedule.firstPort + services.length - 1;
  if (!(Number.isInteger(schedule.firstPort) && schedule.firstPort >= 1024 && lastPort <= 65_535))
    throw new WorkbenchError(
      'schedule-port-not-valid',
      `The operator ports ${schedule.firstPort} to ${lastPort} are not all from 1024 to 65535. Choose another first port.`,
      { firstPort: schedule.firstPort, lastPort },
    );
  const seen = new Set<string>();
  for (const { name } of services) {
    if (!/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/.test(name))
      throw new WorkbenchError(
        'schedule-name-not-valid',
        `“${name}” cannot name a unit or container. Use up to 52 lower-case letters, digits and hyphens.`,
        { name },
      );
    if (seen.has(name))
      throw new WorkbenchError(
        'schedule-name-twice',
        `Two identities are named “${name}”. Give each its own name.`,
        { name },
      );
    seen.add(name);
  }
}

/** A name for a unit or container, from any identity's name. */
export function serviceName(name: string, index: number): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? `identity-${index + 1}` : plain;
}

const argumentsOf = (
  { nodeAddress }: ServiceSchedule,
  service: ScheduledService,
  operatorAddress: string,
  dataDir: string,
): readonly string[] => [
  ...['--dir', dataDir],
  ...['--address', nodeAddress],
  ...['--operator-address', operatorAddress],
  ...['--nonces', String(service.nonces)],
  ...['--threads', String(service.threads)],
];

/** How a service is started, stopped and asked, as shell functions of its name and port. */
interface Engine {
  readonly start: string;
  readonly stop: string;
  readonly status: string;
}

const curlStatus = 'curl --silent --fail --max-time 10 "http://127.0.0.1:$2/status"';

/** POSIX sh. One process per drive; within it one service after another. */
function controller(schedule: ServiceSchedule, { start, stop, status }: Engine): string {
  const drives = portsOf(schedule)
    .map(
      (services, i) =>
        `drive_${i + 1}() {\n  failed=0\n${services
          .map(({ name, port }) => `  prove ${shellWord(name)} ${port} || failed=1`)
          .join('\n')}\n  return $failed\n}`,
    )
    .join('\n\n');
  const runs = schedule.drives.map((_, i) => `drive_${i + 1} & pids="$pids $!"`).join('\n');
  return `#!/bin/sh
# Proves the identities of each drive one after another; the drives work side by side.
# A service is done when /status was "Proving" or "DoneProving" and is "Idle" again: its proof is made and fetched.
# Exit status 1: at least one identity was not proved. Its name is in the output.
set -u

idle_limit_s=\${IDLE_LIMIT_S:-${schedule.idleLimitS ?? 7200}}
poll_s=\${POLL_S:-20}
lost_limit_s=\${LOST_LIMIT_S:-600}

start_service() { ${start}; }
stop_service() { ${stop}; }
status_of() { ${status}; }
log() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1"; }

# prove NAME PORT
prove() {
  log "$1: started"
  if ! start_service "$1" "$2"; then log "$1: could not be started"; return 1; fi
  proving=no
  idle_since=$(date +%s)
  seen=$(date +%s)
  while true; do
    now=$(date +%s)
    if answer=$(status_of "$1" "$2" 2>/dev/null); then
      seen=$now
      case $answer in
      *DoneProving*) proving=yes ;;
      *Proving*) [ "$proving" = yes ] || log "$1: proving"; proving=yes ;;
      *Idle*)
        if [ "$proving" = yes ]; then log "$1: proved"; stop_service "$1" "$2"; return 0; fi
        if [ $((now - idle_since)) -ge "$idle_limit_s" ]; then
          log "$1: the node asked for no proof; passed over"
          stop_service "$1" "$2"
          return 0
        fi
        ;;
      esac
    elif [ $((now - seen)) -ge "$lost_limit_s" ]; then
      log "$1: no response from /status; not proved"
      stop_service "$1" "$2"
      return 1
    fi
    sleep "$poll_s"
  done
}

${drives}

pids=
${runs}
result=0
for pid in $pids; do wait "$pid" || result=1; done
exit $result
`;
}

export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** "2026-12-07 20:00:00 UTC", as OnCalendar= takes it. */
const calendarTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/**
 * Units for systemd: one service per identity, the schedule, and a timer on each cycle gap.
 * @throws WorkbenchError as `ServiceSchedule` demands, `shell-control-character`, `shell-empty`
 */
export function systemdFiles(schedule: ServiceSchedule): readonly TextFile[] {
  check(schedule);
  const { program = '/usr/local/bin/post-service' } = schedule;
  const services = portsOf(schedule).flat();
  return [
    ...services.map((service): TextFile => ({
      name: `post-${service.name}.service`,
      text: `[Unit]
Description=post-service of ${service.name}
After=network-online.target

[Service]
ExecStart=${[
        program,
        ...argumentsOf(schedule, service, `127.0.0.1:${service.port}`, service.dataDir),
      ]
        .map(systemdWord)
        .join(' ')}
Restart=on-failure
RestartSec=10
Nice=5
`,
    })),
    {
      name: 'post-schedule.service',
      text: `[Unit]
Description=Prove the identities of ${schedule.machine.replaceAll('%', '%%').replaceAll(/[^\x20-\x7e]/g, '?')}, one per drive at a time

[Service]
Type=oneshot
ExecStart=/bin/sh /usr/local/lib/post-schedule.sh
TimeoutStartSec=infinity
`,
    },
    {
      name: 'post-schedule.timer',
      text: `[Unit]
Description=Start proving with each cycle gap

[Timer]
${schedule.gapStartsMs.map((ms) => `OnCalendar=${calendarTime(ms)}`).join('\n')}
Persistent=true

[Install]
WantedBy=timers.target
`,
    },
    {
      name: 'post-schedule.sh',
      text: controller(schedule, {
        start: 'systemctl start "post-$1.service"',
        stop: 'systemctl stop "post-$1.service"',
        status: curlStatus,
      }),
    },
  ];
}

/** YAML and JSON share their quoted strings. */
const yaml = JSON.stringify;

/** @throws WorkbenchError as `systemdFiles` */
export function composeFiles(schedule: ServiceSchedule): readonly TextFile[] {
  check(schedule);
  const { image = 'REGISTRY/post-service:VERSION' } = schedule;
  // Compose replaces variables in strings: a dollar is written twice.
  const text = (value: string): string => yaml(value.replaceAll('$', '$$$$'));
  const services = portsOf(schedule)
    .flat()
    .map((service) => {
      shellWord(service.dataDir);
      const args = argumentsOf(schedule, service, `127.0.0.1:${service.port}`, '/data');
      return `  ${service.name}:
    image: ${text(image)}
    network_mode: host
    restart: on-failure
    command: [${args.map(text).join(', ')}]
    volumes:
      - type: bind
        source: ${text(service.dataDir)}
        target: /data
`;
    });
  return [
    { name: 'compose.yaml', text: `services:\n${services.join('')}` },
    {
      name: 'post-schedule.sh',
      text: controller(schedule, {
        start: 'docker compose up --detach --no-deps "$1"',
        stop: 'docker compose stop "$1"',
        status: curlStatus,
      }),
    },
  ];
}

/** Deployments without replicas, which the schedule scales up one after another. @throws WorkbenchError as `systemdFiles` */
export function kubernetesFiles(schedule: ServiceSchedule): readonly TextFile[] {
  check(schedule);
  const { image = 'REGISTRY/post-service:VERSION' } = schedule;
  const documents = portsOf(schedule)
    .flat()
    .map((service) => {
      shellWord(service.dataDir);
      const name = `post-${service.name}`;
      const args = argumentsOf(schedule, service, '0.0.0.0:50051', '/data');
      return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 0
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      nodeSelector:
        kubernetes.io/hostname: ${yaml(schedule.machine)}
      containers:
        - name: post-service
          image: ${yaml(image)}
          args: [${args.map((arg) => yaml(arg.replaceAll('$(', '$$('))).join(', ')}]
          ports:
            - name: operator
              containerPort: 50051
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          hostPath:
            path: ${yaml(service.dataDir)}
            type: Directory
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - name: operator
      port: 50051
      targetPort: operator
`;
    });
  return [
    { name: 'post-services.yaml', text: documents.join('---\n') },
    {
      name: 'post-schedule.sh',
      text: controller(schedule, {
        start: 'kubectl scale deployment "post-$1" --replicas=1',
        stop: 'kubectl scale deployment "post-$1" --replicas=0',
        status:
          'kubectl get --raw "/api/v1/namespaces/${NAMESPACE:-default}/services/post-$1:operator/proxy/status"',
      }),
    },
  ];
}
