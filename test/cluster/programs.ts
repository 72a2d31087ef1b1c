/**
 * The programs of a Kubernetes control plane without containers: etcd, the API server, the controllers and the scheduler as
 * they are, and KWOK, which plays the nodes. Built once from the Go module proxy, and kept in the user's cache by version.
 */
import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const KUBERNETES = 'v1.33.4';
/** Version of the modules that Kubernetes is made of. */
const STAGING = KUBERNETES.replace(/^v1/, 'v0');
const ETCD = 'v3.5.21';
const KWOK = 'v0.6.1';

const KUBERNETES_PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
const NAMES = ['etcd', ...KUBERNETES_PROGRAMS, 'kwok'] as const;
export type ProgramName = (typeof NAMES)[number];
/** Path of each program. */
export type Programs = Record<ProgramName, string>;

export type BuildEnvironment = Record<string, string | undefined>;

/** Where they are kept. */
export function programsFolder(env: BuildEnvironment): string {
  const base = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(base, 'drydock', 'control-plane', `kubernetes-${KUBERNETES}-etcd-${ETCD}-kwok-${KWOK}`);
}

/** The programs, when all of them are in the cache. */
export function findPrograms(env: BuildEnvironment): Programs | undefined {
  const paths = pathsIn(programsFolder(env));
  return missing(paths).length === 0 ? paths : undefined;
}

/**
 * Builds what is not in the cache: about ten minutes on two cores, and 3 GB of Go's own caches. Each program appears in the
 * cache when it is whole. Throws one clear error when Go is missing or a build fails.
 */
export async function buildPrograms(env: BuildEnvironment, say: (line: string) => void): Promise<Programs> {
  const folder = programsFolder(env);
  const paths = pathsIn(folder);
  const wanted = missing(paths);
  mkdirSync(folder, { recursive: true });
  const workshop = mkdtempSync(join(folder, 'build-'));
  const clear = (): void => rmSync(workshop, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    const go = await goIn(workshop, env);
    if (KUBERNETES_PROGRAMS.some((name) => wanted.includes(name))) await writeKubernetesModule(workshop, go);
    for (const name of wanted) {
      say(`building ${name}`);
      const built = join(workshop, name);
      await SOURCES[name](go, built);
      renameSync(built, paths[name]);
    }
  } finally {
    process.off('exit', clear);
    clear();
  }
  return paths;
}

/** Runs Go in a folder and answers what it prints. */
type Go = (args: string[], cwd?: string) => Promise<string>;

const STRIPPED = '-s -w';

const kubernetesProgram =
  (name: (typeof KUBERNETES_PROGRAMS)[number]) =>
  async (go: Go, target: string): Promise<void> => {
    const version = `-X k8s.io/component-base/version.gitVersion=${KUBERNETES}`;
    await go(['build', `-ldflags=${STRIPPED} ${version}`, '-o', target, `k8s.io/kubernetes/cmd/${name}`]);
  };

const SOURCES: Record<ProgramName, (go: Go, target: string) => Promise<void>> = {
  'kube-apiserver': kubernetesProgram('kube-apiserver'),
  'kube-controller-manager': kubernetesProgram('kube-controller-manager'),
  'kube-scheduler': kubernetesProgram('kube-scheduler'),
  etcd: moduleProgram('go.etcd.io/etcd/server/v3', ETCD, ''),
  kwok: moduleProgram('sigs.k8s.io/kwok', KWOK, '/cmd/kwok'),
};

/** A program of a module that needs nothing of its own to be built: its main package, whose version pins all others. */
function moduleProgram(module: string, version: string, main: string) {
  return async (go: Go, target: string): Promise<void> => {
    const folder = `${target}-module`;
    mkdirSync(folder);
    writeFileSync(join(folder, 'go.mod'), `module built\n\ngo 1.24.0\n\nrequire ${module} ${version}\n`);
    writeFileSync(
      join(folder, 'tools.go'),
      `//go:build tools\n\npackage built\n\nimport _ "${module}${main}"\n`,
    );
    await go(['mod', 'tidy'], folder);
    await go(['build', `-ldflags=${STRIPPED}`, '-o', target, `${module}${main}`], folder);
  };
}

/** Kubernetes refers to its own parts by folders; a module that has it as a dependency must say which versions these are. */
async function writeKubernetesModule(workshop: string, go: Go): Promise<void> {
  const download = await go(['mod', 'download', '-json', `k8s.io/kubernetes@${KUBERNETES}`]);
  const { GoMod } = z.object({ GoMod: z.string() }).parse(JSON.parse(download));
  const parts = [...readFileSync(GoMod, 'utf8').matchAll(/^\s*(k8s\.io\/[\w.-]+) => \.\/staging/gm)];
  const replacements = parts.map(([, part = '']) => `\t${part} => ${part} ${STAGING}`).join('\n');
  const imports = KUBERNETES_PROGRAMS.map((name) => `import _ "k8s.io/kubernetes/cmd/${name}"`).join('\n');
  writeFileSync(
    join(workshop, 'go.mod'),
    `module built\n\ngo 1.24.0\n\nrequire k8s.io/kubernetes ${KUBERNETES}\n\nreplace (\n${replacements}\n)\n`,
  );
  writeFileSync(join(workshop, 'tools.go'), `//go:build tools\n\npackage built\n\n${imports}\n`);
  await go(['mod', 'tidy']);
}

async function goIn(workshop: string, env: BuildEnvironment): Promise<Go> {
  const go: Go = (args, cwd = workshop) =>
    new Promise((resolve, reject) => {
      const child = spawn('go', args, {
        cwd,
        env: { ...env, GOFLAGS: '-mod=mod', GOWORK: 'off' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const kill = (): void => void child.kill();
      process.once('exit', kill);
      let printed = '';
      let complaints = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
      child.stderr
        .setEncoding('utf8')
        .on('data', (text: string) => (complaints = (complaints + text).slice(-4_000)));
      child.once('error', (cause) => {
        reject(new Error(`Go can't be run (${cause.message}): install Go 1.24 or newer.`, { cause }));
      });
      child.once('close', (code) => {
        process.off('exit', kill);
        if (code === 0) resolve(printed);
        else reject(new Error(`go ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${complaints}`));
      });
    });
  await go(['version'], '/');
  return go;
}

function pathsIn(folder: string): Programs {
  const entries = NAMES.map((name) => [name, join(folder, name)] as const);
  return Object.fromEntries(entries) as Programs;
}

function missing(paths: Programs): ProgramName[] {
  return NAMES.filter((name) => {
    try {
      accessSync(paths[name], constants.X_OK);
      return false;
    } catch {
      // Not there, or not for us: both mean that it has to be built.
      return true;
    }
  });
}
