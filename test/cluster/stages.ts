/** How pods live on nodes that run nothing: at once, unless their image is one that can't be pulled. */

/** No registry has images of this host. */
export const MISSING_IMAGE_HOST = 'registry.invalid/';

const MISSING_IMAGE = `.spec.containers.[].image | select( startswith("${MISSING_IMAGE_HOST}") )`;

interface Stage {
  name: string;
  kind: 'Node' | 'Pod';
  /** Paths by jq, and what is asked of each. */
  when: { key: string; operator: 'Exists' | 'DoesNotExist' | 'In' | 'NotIn'; values?: string[] }[];
  next: object;
}

const STAGES: Stage[] = [
  {
    name: 'node-ready',
    kind: 'Node',
    when: [
      {
        key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
        operator: 'NotIn',
        values: ['True'],
      },
    ],
    next: {
      statusTemplate: `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- { type: {{ .type | Quote }}, status: {{ .status | Quote }}, reason: {{ .reason | Quote }}, message: {{ .message | Quote }}, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
{{ end }}
addresses:
- { type: InternalIP, address: {{ NodeIP | Quote }} }
phase: Running
`,
    },
  },
  {
    name: 'pod-runs',
    kind: 'Pod',
    when: [
      { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
      { key: '.status.podIP', operator: 'DoesNotExist' },
      { key: MISSING_IMAGE, operator: 'DoesNotExist' },
    ],
    next: {
      statusTemplate: `
{{ $now := Now }}
conditions:
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }} }
containerStatuses:
{{ range .spec.containers }}
- { image: {{ .image | Quote }}, name: {{ .name | Quote }}, ready: true, restartCount: 0, state: { running: { startedAt: {{ $now | Quote }} } } }
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
phase: Running
startTime: {{ $now | Quote }}
`,
    },
  },
  {
    name: 'pod-without-image',
    kind: 'Pod',
    when: [
      { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
      { key: '.status.containerStatuses', operator: 'DoesNotExist' },
      { key: MISSING_IMAGE, operator: 'Exists' },
    ],
    next: {
      statusTemplate: `
{{ $now := Now }}
conditions:
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Ready, status: "False", reason: ContainersNotReady, message: "containers with unready status: [{{ range .spec.containers }}{{ .name }}{{ end }}]", lastTransitionTime: {{ $now | Quote }} }
- { type: ContainersReady, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }} }
containerStatuses:
{{ range .spec.containers }}
- { image: {{ .image | Quote }}, imageID: "", name: {{ .name | Quote }}, ready: false, started: false, restartCount: 0, state: { waiting: { reason: ImagePullBackOff, message: 'Back-off pulling image "{{ .image }}"' } } }
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
phase: Pending
startTime: {{ $now | Quote }}
`,
    },
  },
  {
    name: 'pod-ends',
    kind: 'Pod',
    when: [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }],
    next: { finalizers: { empty: true }, delete: true },
  },
];

/** The stages as KWOK reads them from its configuration: documents of JSON, which is YAML. */
export function stageDocuments(): string {
  return STAGES.map(({ name, kind, when, next }) =>
    JSON.stringify({
      apiVersion: 'kwok.x-k8s.io/v1alpha1',
      kind: 'Stage',
      metadata: { name },
      spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: when }, next },
    }),
  ).join('\n---\n');
}
