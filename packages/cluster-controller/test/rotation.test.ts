import t from 'tap';
import { decideRotation, phasesLeft } from '../src/certs/plan-rotation.ts';
import {
  PHASES,
  type Phase,
  type Rotation,
  type RotationStep,
  rotationStepKey,
} from '../src/certs/rotation.ts';
import type { RotationView } from '../src/certs/rotation-view.ts';
import type { LinkRow, Server } from '../src/cluster-view.ts';
import { FakeMesh, linkRow, PROXY, SERVERS, side } from './fake-mesh.ts';

const rotateCa: Rotation = {
  kind: 'ca',
  direction: 'forward',
  begunAt: '2026-01-01',
  old: side('old'),
  new: side('new'),
};
const rotateLeaves: Rotation = { ...rotateCa, kind: 'leaf', new: side('old', ' again') };
const oldLeaf = (server: Server): string => `old/${server}`;

/** Runs until done, or for so many steps; a run of its own knows nothing of what others asked for. */
function runFor(mesh: FakeMesh, rotation: Rotation, stepsMax: number, until: Phase = 'drop'): RotationStep[] {
  const asked = new Set<string>();
  const taken: RotationStep[] = [];
  for (let turn = 0; turn < 300; turn += 1) {
    const decision = decideRotation(rotation, mesh.view(), { asked, until });
    if (decision.kind === 'done' || taken.length === stepsMax) return taken;
    if (decision.kind !== 'step') throw new Error(JSON.stringify(decision));
    mesh.carryOut(decision.step);
    asked.add(rotationStepKey(decision.step));
    taken.push(decision.step);
  }
  throw new Error('the plan does not come to its end');
}

function stateOf(mesh: FakeMesh): unknown {
  const nodes = [...mesh.nodes].map(([server, { disk, loaded }]) => [
    server,
    disk,
    loaded.leaf,
    loaded.authorities,
  ]);
  return { nodes, links: [...mesh.links].map(([key, { from, to }]) => [key, from, to]) };
}

t.test('a CA is exchanged in three phases, and no handshake would fail at any moment', async (t) => {
  const mesh = new FakeMesh(oldLeaf);

  const taken = runFor(mesh, rotateCa, 300);

  t.strictSame(mesh.violations, []);
  const phases = taken.flatMap((step) => (step.kind === 'install' ? [step.phase] : []));
  t.strictSame(
    phases,
    PHASES.flatMap((phase) => [phase, phase, phase]),
  );
  for (const [server, { disk, loaded }] of mesh.nodes) {
    t.strictSame(disk.authorities, ['new']);
    t.equal(loaded.leaf, `new/${server}`);
  }
  const lastLoad = Math.max(...[...mesh.nodes.values()].map(({ loaded }) => loaded.at));
  for (const [key, link] of mesh.links) t.ok(link.openedAt > lastLoad, `${key} was made without the old CA`);
  t.strictSame(
    mesh.trustedHere,
    ['old', 'new'],
    'the file that clients use is settled at the very end, by the store',
  );
});

t.test('a run that ends anywhere, or turns round anywhere, ends as if it had been one', async (t) => {
  const whole = new FakeMesh(oldLeaf);
  const untouched = stateOf(whole);
  const steps = runFor(whole, rotateCa, 300).length;
  t.ok(steps > 15, `${steps} steps`);
  for (let killedAfter = 0; killedAfter <= steps; killedAfter += 1) {
    const mesh = new FakeMesh(oldLeaf);
    runFor(mesh, rotateCa, killedAfter);
    runFor(mesh, rotateCa, 300);
    t.strictSame(stateOf(mesh), stateOf(whole), `killed after ${killedAfter}`);

    const turned = new FakeMesh(oldLeaf);
    runFor(turned, rotateCa, killedAfter);
    runFor(turned, { ...rotateCa, direction: 'back' }, 300);
    t.strictSame(stateOf(turned), untouched, `turned round after ${killedAfter}`);
    t.strictSame([...mesh.violations, ...turned.violations], []);
  }
});

t.test('until a phase: it stops there, and a later run goes on', async (t) => {
  const mesh = new FakeMesh(oldLeaf);

  runFor(mesh, rotateCa, 300, 'trust');
  t.ok([...mesh.nodes.values()].every(({ loaded }) => loaded.authorities.length === 2));
  t.ok([...mesh.nodes.values()].every(({ loaded }) => loaded.leaf.startsWith('old/')));
  t.strictSame(runFor(mesh, rotateCa, 300, 'trust'), [], 'nothing is left to be done');

  runFor(mesh, rotateCa, 300, 'leaves');
  t.ok([...mesh.nodes.values()].every(({ loaded }) => loaded.leaf.startsWith('new/')));
  t.ok([...mesh.nodes.values()].every(({ loaded }) => loaded.authorities.length === 2));
  t.strictSame(phasesLeft(rotateCa, mesh.view()), ['drop']);
  t.strictSame(runFor(mesh, rotateCa, 300, 'leaves'), []);
});

t.test(
  'leaves are exchanged node by node: the next one only when every link of the last shows it',
  async (t) => {
    const mesh = new FakeMesh(oldLeaf);

    const taken = runFor(mesh, rotateLeaves, 300);

    const installs = taken.filter((step) => step.kind === 'install').map((step) => step.server);
    t.strictSame(installs, SERVERS);
    t.notOk(taken.some((step) => step.kind === 'trust-here'));
    t.ok([...mesh.links.values()].every(({ from, to }) => from.endsWith('again') && to.endsWith('again')));
    const second = taken.findIndex((step) => step.kind === 'install' && step.server === SERVERS[1]);
    const renewed = taken
      .slice(0, second)
      .flatMap((step) => (step.kind === 'renew-links' ? [step.server] : []));
    t.strictSame(renewed.toSorted(), SERVERS, 'the first one and both that dial it');
  },
);

t.test('where TLS is off only files are exchanged', async (t) => {
  const mesh = new FakeMesh(oldLeaf);
  mesh.enabled = false;
  mesh.links.clear();
  for (const from of SERVERS)
    for (const to of SERVERS) if (from !== to) mesh.links.set(`${from} ${to}`, plain());

  const taken = runFor(mesh, rotateLeaves, 300);

  t.strictSame([...new Set(taken.map((step) => step.kind))], ['install']);
});

t.test(
  'a node that does not load its new wallet is waited for, named, and its wallet put back',
  async (t) => {
    const mesh = new FakeMesh(oldLeaf);
    mesh.deaf = SERVERS[0];
    const asked = new Set<string>();
    for (let turn = 0; turn < 2; turn += 1) {
      const decision = decideRotation(rotateLeaves, mesh.view(), { asked });
      if (decision.kind !== 'step') throw new Error(JSON.stringify(decision));
      mesh.carryOut(decision.step);
      asked.add(rotationStepKey(decision.step));
    }

    const decision = decideRotation(rotateLeaves, mesh.view(), { asked });

    t.match(decision, {
      kind: 'wait',
      onTimeout: 'fail',
      backOut: SERVERS[0],
      for: /10\.0\.0\.1:2882 to load/,
    });
  },
);

t.test(
  'a wallet whose key does not fit, as a killed controller may leave it, is written again',
  async (t) => {
    const mesh = new FakeMesh(oldLeaf);
    runFor(mesh, rotateLeaves, 300);
    const node = mesh.nodes.get(SERVERS[1] ?? '');
    if (node === undefined) throw new Error('no node');
    node.disk = { ...node.disk, keyFits: false };

    const decision = decideRotation(rotateLeaves, mesh.view());

    t.match(decision, { kind: 'step', step: { kind: 'install', server: SERVERS[1] }, readings: 3 });
  },
);

t.test(
  'a silent node, and a pair without a link, end in a refusal unless certificates have expired',
  async (t) => {
    const mesh = new FakeMesh(oldLeaf);
    const view = mesh.view();
    const silenced = {
      ...view,
      cluster: {
        proxies: [],
        nodes: view.cluster.nodes.map((node, index) =>
          index === 2 ? { ...node, answer: undefined, unreachable: 'gone' } : node,
        ),
      },
    };
    t.match(decideRotation(rotateCa, silenced), {
      kind: 'wait',
      onTimeout: 'refuse',
      for: /10\.0\.0\.3:2882 to answer \(gone\)/,
    });

    runFor(mesh, rotateCa, 300, 'trust');
    mesh.links.delete(`${SERVERS[0]} ${SERVERS[1]}`);
    t.match(decideRotation(rotateCa, mesh.view()), {
      kind: 'wait',
      onTimeout: 'refuse',
      for: /link from 10\.0\.0\.1:2882 to 10\.0\.0\.2/,
    });
    t.match(
      decideRotation(rotateCa, { ...mesh.view(), now: new Date('2031-01-01') }),
      { kind: 'step', step: { kind: 'install', phase: 'leaves' } },
      'a rotation is the cure, so it must not wait for links that only it can bring back',
    );
  },
);

t.test('a node that is not running gets its files, and is waited for no further', async (t) => {
  const mesh = new FakeMesh(oldLeaf);
  const [first = '', second = '', down = ''] = SERVERS;
  const viewWithout = (): RotationView => {
    const view = mesh.view();
    const nodes = view.cluster.nodes.map((node) =>
      node.server === down
        ? { ...node, process: { ...node.process, running: false }, answer: undefined, unreachable: 'down' }
        : node,
    );
    return { ...view, cluster: { nodes, proxies: [] } };
  };
  for (const key of mesh.links.keys()) if (key.includes(down)) mesh.links.delete(key);
  const asked = new Set<string>();
  const installed: string[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const decision = decideRotation(rotateCa, viewWithout(), { asked });
    if (decision.kind === 'done') break;
    if (decision.kind !== 'step') throw new Error(JSON.stringify(decision));
    if (decision.step.kind === 'reload') t.not(decision.step.server, down);
    if (decision.step.kind === 'install') installed.push(`${decision.step.phase} ${decision.step.server}`);
    asked.add(rotationStepKey(decision.step));
    mesh.carryOut(decision.step);
    for (const key of mesh.links.keys()) if (key.includes(down)) mesh.links.delete(key);
  }

  t.strictSame(
    installed,
    PHASES.flatMap((phase) => [first, second, down].map((server) => `${phase} ${server}`)),
  );
});

t.test(
  'where certificates have expired all nodes get new ones first, since no link can be made between',
  async (t) => {
    const mesh = new FakeMesh(oldLeaf);
    mesh.expired = true;
    mesh.links.clear();

    const kinds = runFor(mesh, rotateLeaves, 300).map((step) => step.kind);

    t.strictSame(kinds.slice(0, 6), ['install', 'reload', 'install', 'reload', 'install', 'reload']);
    t.ok([...mesh.nodes.values()].every(({ loaded }) => loaded.leaf.endsWith('again')));
  },
);

t.test('the old CA is not dropped while a client lives by it', async (t) => {
  const mesh = new FakeMesh(oldLeaf);
  runFor(mesh, rotateCa, 300, 'leaves');
  const view = mesh.view();
  const client = {
    ...linkRow('IN', '', 'new/x', 'old/app', 1),
    peerServer: undefined,
    peerAddress: '10.9.9.9:5',
    kind: 'SQL',
    peerIdentity: '/CN=app',
  };
  const withClient = (row: LinkRow): RotationView => ({
    ...view,
    cluster: {
      proxies: [],
      nodes: view.cluster.nodes.map((node, index) =>
        index === 0 && node.answer !== undefined
          ? { ...node, answer: { ...node.answer, links: [...node.answer.links, row] } }
          : node,
      ),
    },
  });

  t.match(decideRotation(rotateCa, withClient(client)), {
    kind: 'refuse',
    reasons: [/10\.9\.9\.9:5 on node-10\.0\.0\.1:2882.*\/CN=app/, /--force/],
  });
  t.match(decideRotation(rotateCa, withClient(client), { force: true }), { kind: 'step' });
  const known = { ...rotateCa, new: { ...rotateCa.new, clients: ['old/app'] } };
  t.match(decideRotation(known, withClient(client)), { kind: 'step' });
  t.match(decideRotation(rotateCa, withClient({ ...client, peerCertificate: undefined })), { kind: 'step' });
});

t.test('a proxy goes along in each phase, and is understood by every node at every moment', async (t) => {
  const members = [...SERVERS, PROXY];
  const rotation = { ...rotateCa, old: side('old', '', members), new: side('new', '', members) };
  const withProxy = (): FakeMesh => {
    const mesh = new FakeMesh(oldLeaf);
    const wallet = { authorities: ['old'], leaf: `old/${PROXY}` };
    mesh.proxy = { disk: { ...wallet, keyFits: true }, loaded: { ...wallet, at: 0 } };
    return mesh;
  };
  const mesh = withProxy();

  const taken = runFor(mesh, rotation, 300);

  t.strictSame(mesh.violations, []);
  t.match(mesh.proxy?.loaded, { authorities: ['new'], leaf: `new/${PROXY}` });
  const phases = taken.flatMap((step) =>
    step.kind === 'install' && step.server === PROXY ? [step.phase] : [],
  );
  t.strictSame(phases, [...PHASES]);
  t.notOk(
    taken.some((step) => step.kind === 'reload' && step.server === PROXY),
    'it reads its wallet by itself',
  );
  for (let killedAfter = 0; killedAfter <= taken.length; killedAfter += 1) {
    const turned = withProxy();
    runFor(turned, rotation, killedAfter);
    runFor(turned, { ...rotation, direction: 'back' }, 300);
    t.strictSame(turned.violations, [], `turned round after ${killedAfter}`);
    t.match(turned.proxy?.loaded, { authorities: ['old'], leaf: `old/${PROXY}` });
  }
});

t.test('a proxy that does not read its new wallet is waited for, and its wallet put back', async (t) => {
  const members = [...SERVERS, PROXY];
  const rotation = { ...rotateLeaves, old: side('old', '', members), new: side('old', ' again', members) };
  const mesh = new FakeMesh(oldLeaf);
  const wallet = { authorities: ['old'], leaf: `old/${PROXY}` };
  mesh.proxy = { disk: { ...wallet, keyFits: true }, loaded: { ...wallet, at: 0 } };
  mesh.deaf = PROXY;

  t.throws(() => runFor(mesh, rotation, 300), /"backOut":"obproxy"/);

  mesh.deaf = undefined;
  mesh.proxy.loaded = { authorities: ['old'], leaf: `old/${PROXY} again`, at: 9 };
  const view = mesh.view();
  const fromProxy = { ...linkRow('IN', '', 'x', `old/${PROXY}`, 1), peerServer: undefined, kind: 'PROXY' };
  const withLink = {
    ...view,
    cluster: {
      proxies: [],
      nodes: view.cluster.nodes.map((node) =>
        node.answer === undefined
          ? node
          : { ...node, answer: { ...node.answer, links: [...node.answer.links, fromProxy] } },
      ),
    },
  };
  t.match(decideRotation(rotation, withLink), { kind: 'wait', for: /every link of obproxy to show/ });
});

function plain(): { from: string; to: string; openedAt: number } {
  return { from: 'none', to: 'none', openedAt: 0 };
}
