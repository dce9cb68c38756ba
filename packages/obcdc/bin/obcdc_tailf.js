#!/usr/bin/env node
import { launch } from '../../../scripts/launch.js';

await launch('obcdc_tailf', new URL('../src/main.ts', import.meta.url));
