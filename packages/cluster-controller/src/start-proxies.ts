import { ObError } from '@sealane/errors';
import type { ClusterView, ProcessState } from './cluster-view.ts';
import type { Target, TargetProxy } from './targets/target.ts';

export interface ProxyStartOptions {
  readonly target: Pick<Target, 'proxies' | 'processOf' | 'start' | 'lastWords'>;
  /** Whether a client gets in there. */
  readonly serves: (proxy: TargetProxy, process: ProcessState) => Promise<boolean>;
}

/** Starts a cluster's proxies beside the waiting for its nodes: as soon as one of these answers, a proxy can learn the others. */
export class ProxyStart {
  readonly #options: ProxyStartOptions;
  readonly #started: string[] = [];
  #asked = false;

  constructor(options: ProxyStartOptions) {
    this.#options = options;
  }

  /** Names of those that were not running. */
  get started(): readonly string[] {
    return this.#started;
  }

  async startOnceAnswered(view: ClusterView): Promise<void> {
    const { target } = this.#options;
    if (this.#asked || view.nodes.every((node) => node.answer === undefined)) return;
    this.#asked = true;
    for (const { name } of target.proxies) {
      if ((await target.processOf(name)).running) continue;
      await target.start(name);
      this.#started.push(name);
    }
  }

  /**
   * What is missing until clients get in; empty when nothing is.
   *
   * @throws ObError an early end, with the process's own words
   */
  async missing(): Promise<readonly string[]> {
    const each = await Promise.all(this.#options.target.proxies.map((proxy) => this.#missingAt(proxy)));
    return each.flat();
  }

  async #missingAt(proxy: TargetProxy): Promise<readonly string[]> {
    const { target, serves } = this.#options;
    const process = await target.processOf(proxy.name);
    if (!process.running) {
      const words = await target.lastWords(proxy.name);
      const message = `${proxy.name} ended right after its start: ${words === '' ? 'it said nothing' : words}`;
      throw new ObError('OB_ERR_UNEXPECTED', [], { message });
    }
    return (await serves(proxy, process)) ? [] : [`${proxy.name} takes no clients yet`];
  }
}
