// Host time of launches where no driver does anything: what our JavaScript and koffi take, on any machine with a C compiler. First
// launches as well: in a new process, soon after, and where engines have compiled what runs often.
//   node benchmarks/launch/host.mjs [--json]        after a build
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Driver } from '@gemm-preflight/launcher-native';
import { targets } from '@gemm-preflight/types';
import { print, summary } from '../report.mjs';
import { workloadOf } from './workload.mjs';

const rounds = 60;
const launchesPerRound = 2000;
const newProcesses = 10;
/** First launches before the engine has compiled all of it; then as many as it takes a server some minutes to see. */
const [early, warm] = [200, 5000];

const catalog = new URL('../../packages/kernels/catalog/preflight-sm90a.json', import.meta.url);
const childLibrary = process.argv.find((arg) => arg.startsWith('--first='))?.slice('--first='.length);
if (childLibrary === undefined) measure(compile());
else console.log(open(childLibrary).first(1));

function compile() {
  const library = join(mkdtempSync(join(tmpdir(), 'preflight-bench-')), 'libnoop.so');
  const source = fileURLToPath(new URL('no-op-driver.c', import.meta.url));
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source]);
  return library;
}

function open(library) {
  const [info] = JSON.parse(readFileSync(catalog, 'utf8')).kernels;
  const context = Driver.cuda(library).device(0).retainPrimaryContext();
  return workloadOf({
    context,
    info,
    cubin: readFileSync(new URL(info.cubin, catalog)),
    target: targets.h100,
  });
}

function measure(library) {
  const inNewProcess = () =>
    Number(execFileSync(process.execPath, [process.argv[1], `--first=${library}`], { encoding: 'utf8' }));
  printUs('first-launch-cold', Array.from({ length: newProcesses }, inNewProcess));

  const workload = open(library);
  const firsts = Array.from({ length: early + warm + 1000 }, (_, i) => workload.first(i));
  printUs('first-launch-early', firsts.slice(50, early));
  printUs('first-launch', firsts.slice(early + warm));

  for (const mode of ['same', 'patched', 'replaced']) {
    const sides = { full: [], javascript: [], bare: [] };
    for (let i = -10; i < rounds; i++) {
      for (const [side, times] of Object.entries(sides)) {
        const ns = workload[side](mode, launchesPerRound) / launchesPerRound;
        if (i >= 0) times.push(ns);
      }
    }
    const { full, ...parts } = sides;
    const details = Object.fromEntries(Object.entries(parts).map(([side, ns]) => [side, summary(ns).median]));
    print(`launch-${mode}`, summary(full).median, 'ns', { ...details, rounds });
  }
  const replaces = Array.from(
    { length: rounds },
    () => workload.replace(launchesPerRound) / launchesPerRound,
  );
  print('three-replaced-addresses', summary(replaces).median, 'ns', { rounds });
}

function printUs(name, figures) {
  const { median, ...spread } = summary(figures);
  print(name, median, 'µs', spread);
}
