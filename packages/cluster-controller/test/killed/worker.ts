import { parentPort, workerData } from 'node:worker_threads';
import { killEverywhere } from './campaign.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';

// In a thread of its own: what tap does to every promise would cost more than the campaign.
parentPort?.postMessage(await killEverywhere(scenarios[workerData as ScenarioName]));
