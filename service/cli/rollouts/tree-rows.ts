import type { Colors } from '../phase-style.js';
import { ageText } from './age.js';
import type { AnalysisView, ExperimentView, JobView } from './analysis-view.js';
import {
  analysisIcon,
  BAD,
  colored,
  OK,
  podIcon,
  replicaSetIcon,
  rolloutIcon,
  UNKNOWN,
  WARNING,
} from './icons.js';
import type { PodView } from './pod-view.js';
import type { ReplicaSetView } from './replica-set-view.js';
import type { RevisionView, RolloutTree } from './rollout-tree.js';

/** A line of the tree, in its columns and without what leads to it. */
interface Node {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly age: string;
  readonly info: string;
  readonly children: readonly Node[];
}

/** Lines of the tree: each the texts of its columns, with colours. */
export function treeRows(tree: RolloutTree, nowMs: number, colors: Colors): readonly (readonly string[])[] {
  const { rollout, revisions } = tree;
  const drawing = new Drawing(nowMs, colors);
  const root: Node = {
    name: `⟳ ${rollout.name}`,
    kind: 'Rollout',
    status: drawing.state(rolloutIcon(rollout.status), rollout.status),
    age: drawing.age(rollout.createdAtMs),
    info: '',
    children: revisions.map((revision) => drawing.revision(revision)),
  };
  return [['NAME', 'KIND', 'STATUS', 'AGE', 'INFO'], row(root, ''), ...rowsBelow(root, '')];
}

const row = ({ name, kind, status, age, info }: Node, lead: string): readonly string[] => [
  `${lead}${name}`,
  kind,
  status,
  age,
  info,
];

function rowsBelow({ children }: Node, lead: string): readonly (readonly string[])[] {
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1;
    return [
      row(child, `${lead}${isLast ? '└──' : '├──'}`),
      ...rowsBelow(child, `${lead}${isLast ? '   ' : '│  '}`),
    ];
  });
}

/** Makes lines of what there is, as of one moment. */
class Drawing {
  readonly #nowMs: number;
  readonly #colors: Colors;

  constructor(nowMs: number, colors: Colors) {
    this.#nowMs = nowMs;
    this.#colors = colors;
  }

  age(sinceMs: number): string {
    return ageText(this.#nowMs - sinceMs);
  }

  state(icon: string, status: string): string {
    return `${colored(icon, this.#colors)} ${status}`;
  }

  revision({ revision, replicaSets, experiments, analyses }: RevisionView): Node {
    return {
      ...{ name: `# revision:${revision}`, kind: '', status: '', age: '', info: '' },
      children: [
        ...replicaSets.map((each) => this.#replicaSet(each)),
        ...experiments.map((each) => this.#experiment(each)),
        ...analyses.map((each) => this.#analysis(each)),
      ],
    };
  }

  #replicaSet({ name, status, createdAtMs, tags, scaleDownDeadline, pods }: ReplicaSetView): Node {
    const words = tags.map((tag) => colored(tag, this.#colors));
    const delay = scaleDownDeadline === '' ? [] : [`delay:${this.#delay(scaleDownDeadline)}`];
    return {
      name: `⧉ ${colored(tags.at(-1) ?? '', this.#colors, name)}`,
      kind: 'ReplicaSet',
      status: this.state(replicaSetIcon(status), status),
      age: this.age(createdAtMs),
      info: [...words, ...delay].join(','),
      children: pods.map((pod) => this.#pod(pod)),
    };
  }

  #delay(deadline: string): string {
    const untilMs = Date.parse(deadline);
    if (Number.isNaN(untilMs)) return '';
    return untilMs < this.#nowMs ? 'passed' : ageText(untilMs - this.#nowMs);
  }

  #pod({ name, status, createdAtMs, ready, restarts }: PodView): Node {
    return {
      name: `□ ${name}`,
      kind: 'Pod',
      status: this.state(podIcon(status), status),
      age: this.age(createdAtMs),
      info: [`ready:${ready}`, ...(restarts > 0 ? [`restarts:${restarts}`] : [])].join(','),
      children: [],
    };
  }

  #experiment({ name, status, createdAtMs, replicaSets, analyses }: ExperimentView): Node {
    return {
      name: `Σ ${colored(status, this.#colors, name)}`,
      kind: 'Experiment',
      status: this.state(analysisIcon(status), status),
      age: this.age(createdAtMs),
      info: '',
      children: [
        ...replicaSets.map((each) => this.#replicaSet(each)),
        ...analyses.map((each) => this.#analysis(each)),
      ],
    };
  }

  #analysis(run: AnalysisView): Node {
    const counts = [
      [OK, run.successful],
      [BAD, run.failed],
      [UNKNOWN, run.inconclusive],
      [WARNING, run.error],
    ] as const;
    return {
      name: `α ${colored(run.status, this.#colors, run.name)}`,
      kind: 'AnalysisRun',
      status: this.state(analysisIcon(run.status), run.status),
      age: this.age(run.createdAtMs),
      info: counts
        .filter(([, count]) => count > 0)
        .map(([icon, count]) => `${colored(icon, this.#colors)} ${count}`)
        .join(','),
      children: run.jobs.map((job) => this.#job(job)),
    };
  }

  #job({ name, status, startedAtMs }: JobView): Node {
    return {
      name: `⊞ ${colored(status, this.#colors, name)}`,
      kind: 'Job',
      status: this.state(analysisIcon(status), status),
      age: this.age(startedAtMs),
      info: '',
      children: [],
    };
  }
}
