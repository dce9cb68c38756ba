import type { Chance } from './random.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

export interface NetworkWeather {
  readonly lossRate: number;
  readonly doubleRate: number;
  readonly delayMaxMs: number;
  /** Messages that come when nobody expects them any more. */
  readonly straggleRate: number;
  /** As over one connection: what is sent later doesn't come earlier. */
  readonly inOrder: boolean;
}

export const calmNetwork: NetworkWeather = {
  lossRate: 0,
  doubleRate: 0,
  delayMaxMs: 1.5,
  straggleRate: 0,
  inOrder: true,
};

/** One direction between two nodes. */
interface Link {
  cut: boolean;
  /** Takes everything, delivers nothing, until it is unclogged. */
  clogged: boolean;
  held: (() => void)[];
  /** Counts the connections: what was on its way in an earlier one is lost. */
  epoch: number;
  /** Everything takes this much longer. */
  lagMs: number;
  lastArrivalMs: number;
  /** A connection is being made: it is down until then. */
  downUntilMs: number;
}

/** Carries messages between nodes, as badly as the weather is. */
export class Network {
  weather: NetworkWeather = calmNetwork;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #links = new Map<string, Link>();

  constructor(time: VirtualTime, chance: Chance) {
    this.#time = time;
    this.#chance = chance;
  }

  /** @param ownerOf the process at the other end when the message comes there */
  send(path: { from: string; to: string }, ownerOf: () => Owner | undefined, deliver: () => void): void {
    const chance = this.#chance;
    const { lossRate, doubleRate } = this.weather;
    const copies = doubleRate > 0 && chance.happens(doubleRate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (lossRate > 0 && chance.happens(lossRate)) continue;
      this.#carry(this.#link(path.from, path.to), ownerOf, deliver);
    }
  }

  cut(from: string, to: string): void {
    this.#link(from, to).cut = true;
  }

  mend(from: string, to: string): void {
    this.#link(from, to).cut = false;
  }

  cutBoth(one: string, other: string): void {
    this.cut(one, other);
    this.cut(other, one);
  }

  mendBoth(one: string, other: string): void {
    this.mend(one, other);
    this.mend(other, one);
  }

  isCut(from: string, to: string): boolean {
    return this.#link(from, to).cut;
  }

  /** From now on everything comes, and soon. */
  calm(): void {
    this.weather = calmNetwork;
    this.heal();
    for (const link of this.#links.values()) {
      link.lastArrivalMs = this.#time.nowMs;
      link.lagMs = 0;
      link.clogged = false;
      for (const deliver of link.held.splice(0)) deliver();
    }
  }

  heal(): void {
    for (const link of this.#links.values()) link.cut = false;
  }

  clog(from: string, to: string): void {
    this.#link(from, to).clogged = true;
  }

  /** A long way: nothing is lost, but all comes late. */
  lag(from: string, to: string, lagMs: number): void {
    this.#link(from, to).lagMs = lagMs;
  }

  /** What was held comes all at once. */
  unclog(from: string, to: string): void {
    const link = this.#link(from, to);
    link.clogged = false;
    for (const deliver of link.held.splice(0)) deliver();
  }

  /** The connection is made anew, as when its mode changes: what is on its way is lost. */
  reset(from: string, to: string, downMs: number): void {
    const link = this.#link(from, to);
    link.epoch += 1;
    link.held = [];
    link.downUntilMs = this.#time.nowMs + downMs;
  }

  #carry(link: Link, ownerOf: () => Owner | undefined, deliver: () => void): void {
    if (link.downUntilMs > this.#time.nowMs) return;
    const { epoch } = link;
    const arrive = (): void => {
      if (link.cut || link.epoch !== epoch) return;
      const owner = ownerOf();
      if (owner !== undefined) this.#time.after(0, owner, deliver);
    };
    const delayMs = this.#delayMs(link);
    this.#time.after(delayMs, undefined, () => {
      if (!link.clogged) arrive();
      else if (link.held.length < heldMax) link.held.push(arrive);
    });
  }

  #delayMs(link: Link): number {
    const { delayMaxMs, straggleRate, inOrder } = this.weather;
    const straggles = straggleRate > 0 && this.#chance.happens(straggleRate);
    const wayMs = straggles ? this.#chance.between(0, 4000) : this.#chance.skewed(0.05, delayMaxMs);
    const delayMs = wayMs + link.lagMs;
    if (!inOrder) return delayMs;
    const arrivalMs = Math.max(this.#time.nowMs + delayMs, link.lastArrivalMs);
    link.lastArrivalMs = arrivalMs;
    return arrivalMs - this.#time.nowMs;
  }

  #link(from: string, to: string): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { cut: false, clogged: false, held: [], epoch: 0, lagMs: 0, lastArrivalMs: 0, downUntilMs: 0 };
      this.#links.set(key, link);
    }
    return link;
  }
}

const heldMax = 2000;
