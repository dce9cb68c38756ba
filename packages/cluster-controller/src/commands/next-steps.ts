import { isObError, ObError } from '@sealane/errors';
import type { Journal } from '../journal.ts';
import type { CommandOptions, Surroundings } from './surroundings.ts';

/** How to go on from a run that isn't over, and how to go back; empty when there is none. */
export function nextSteps({ options }: Surroundings, journal: Journal): string {
  const run = journal.unfinishedRun();
  if (run === undefined) return '';
  const where =
    options.target === 'local'
      ? ` --base-dir ${options.baseDir}`
      : ` --target ${options.target} --base-dir ${options.baseDir} ${whereOf(options)}`;
  const command = (what: string) => `cluster-controller encryption ${what}${where}`;
  const back = run.goal.kind === 'back-out' ? '' : `\nto go back:   ${command('back-out')}`;
  return `to go on:     ${command('resume')}${back}`;
}

/** A run that fails says so, and what can be done next. */
export async function withNextSteps<Value>(
  around: Surroundings,
  journal: Journal,
  run: () => Promise<Value>,
): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    const next = nextSteps(around, journal);
    if (!isObError(error) || next === '') throw error;
    const message = `${error.message}\n${next}`;
    throw new ObError(error.name, [], { message, details: error.details, cause: error });
  }
}

function whereOf({ target, projectDirectory, hosts }: CommandOptions): string {
  return target === 'hosts' ? `--hosts ${hosts}` : `--project-directory ${projectDirectory}`;
}
