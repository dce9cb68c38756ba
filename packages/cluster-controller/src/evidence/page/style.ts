/** The page's only style sheet: light, dark by the reader's wish, and on paper always light. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --panel: #f6f8fa; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --good: #1a7f37; --warn: #9a6700; --bad: #bc4c00; --gone: #6e7781;
  --good-wash: #dafbe1; --warn-wash: #fff8c5; --bad-wash: #fff1e5 }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #0d1117; --panel: #161b22; --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --good: #3fb950; --warn: #d29922; --bad: #f0883e; --gone: #8b949e;
  --good-wash: #12261e; --warn-wash: #272115; --bad-wash: #2d1f14 } }
* { box-sizing: border-box }
html { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mesh-good: var(--good); --mesh-warn: var(--warn); --mesh-bad: var(--bad); --mesh-gone: var(--gone); --mesh-ink: var(--ink); --mesh-soft: var(--soft); --mesh-paper: var(--paper) }
body { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; overflow-wrap: anywhere }
h1 { font-size: 1.35rem; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem } p { margin: .5rem 0 } a { color: inherit }
.soft { color: var(--soft) } .small { font-size: .85rem } code, .mono { font: .85em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.verdict { border: 1px solid var(--line); border-left: 8px solid var(--tone); background: var(--wash); border-radius: 8px; padding: 1rem 1.25rem; margin: 1.25rem 0 }
.verdict .headline { font-size: 1.3rem; font-weight: 650; margin: 0; color: var(--ink) } .verdict .mark { color: var(--tone); font-weight: 700; margin-right: .5rem }
.good { --tone: var(--good); --wash: var(--good-wash) } .warn { --tone: var(--warn); --wash: var(--warn-wash) } .bad { --tone: var(--bad); --wash: var(--bad-wash) } .none { --tone: var(--gone); --wash: var(--panel) }
ul.points { list-style: none; margin: .75rem 0 0; padding: 0 } ul.points li { padding-left: 1.6rem; text-indent: -1.6rem; margin: .2rem 0 } ul.points .mark { display: inline-block; width: 1.6rem; margin: 0; text-indent: 0; color: var(--tone); font-weight: 700 }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 1rem 0 } .figure { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; background: var(--panel) }
.figure b { display: block; font-size: 1.25rem; line-height: 1.3; font-variant-numeric: tabular-nums } .figure span { color: var(--soft); font-size: .85rem }
.scroll { overflow-x: auto; margin: .5rem 0 } table { border-collapse: collapse; width: 100%; font-size: .88rem } caption { text-align: left; color: var(--soft); padding: 0 0 .35rem }
th, td { overflow-wrap: break-word; text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line) } thead th { color: var(--soft); font-weight: 600; border-bottom-width: 2px } td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
th.number { text-align: right } td.id, td.time { white-space: nowrap } td.long, td.hash, .mono { overflow-wrap: anywhere } td.long { min-width: 16rem } td.what { min-width: 9rem } td.hash { min-width: 18rem; font: .8em/1.4 ui-monospace, Menlo, Consolas, monospace }
.badge { display: inline-block; white-space: nowrap; border: 1px solid var(--tone); color: var(--tone); border-radius: 999px; padding: 0 .55rem; font-size: .8rem; font-weight: 600; line-height: 1.5; overflow-wrap: normal }
figure { margin: 1rem 0; border: 1px solid var(--line); border-radius: 8px; padding: .75rem } figure svg { display: block; max-width: 48rem; margin: 0 auto } figcaption { color: var(--soft); font-size: .85rem; margin-top: .5rem }
ol.timeline { list-style: none; margin: 0; padding: 0 0 0 .5rem; border-left: 2px solid var(--line) } ol.timeline li { position: relative; padding: .15rem 0 .15rem 1.1rem; display: grid; grid-template-columns: 8.5rem 1fr auto; gap: .75rem }
ol.timeline li::before { content: ""; position: absolute; left: -.88rem; top: .65rem; width: .55rem; height: .55rem; border-radius: 50%; background: var(--tone, var(--line)); border: 2px solid var(--paper) }
ol.timeline .is-wait { color: var(--soft) } ol.timeline .is-begin, ol.timeline .is-end { font-weight: 600 } ol.timeline time { font-variant-numeric: tabular-nums; color: var(--soft); white-space: nowrap }
@media (max-width: 40rem) { body { padding: 1rem .8rem 3rem } ol.timeline li { grid-template-columns: 1fr; gap: 0 } th, td { padding: .3rem .4rem } .verdict { padding: .8rem } .verdict .headline { font-size: 1.1rem } }
@media print { html { font-size: 11px } body { max-width: none; padding: 0 } h2 { break-after: avoid } tr, figure, .verdict, .figure, li { break-inside: avoid } .scroll { overflow: visible } thead { display: table-header-group } }
@page { margin: 14mm 12mm }`;
