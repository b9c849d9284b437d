/** How the finished page looks: light and dark, wide and narrow, and under colours the person forced. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f3ef; --card: #fffefb; --edge: #e2dfd6; --ink: #24231f; --soft: #625f56;
  --good: #1d6f4a; --bad: #a8321f; --neutral: #76560a; --well: #f4f2eb;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #171715; --card: #20201d; --edge: #37362f; --ink: #efece3; --soft: #aeaa9d;
    --good: #6fcf9f; --bad: #f59a86; --neutral: #e3bd63; --well: #191917;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; min-height: 100svh; padding: 1.5rem 1rem; background: var(--page); color: var(--ink);
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 1.25rem;
}
main {
  width: 100%; max-width: 29rem; padding: 2.5rem 2.5rem 2.25rem; background: var(--card);
  border: 1px solid var(--edge); border-radius: 1rem; box-shadow: 0 1px 2px #0000000a, 0 12px 32px #0000000f;
}
.good { --tone: var(--good); }
.bad { --tone: var(--bad); }
.neutral { --tone: var(--neutral); }
svg {
  display: block; width: 3rem; height: 3rem; margin-bottom: 1.25rem; fill: none; stroke: var(--tone);
  stroke-width: 3; stroke-linecap: round; stroke-linejoin: round;
}
circle { stroke-width: 2; opacity: .35; }
h1 { font-size: 1.625rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
.lead { margin-top: .625rem; text-wrap: pretty; overflow-wrap: anywhere; }
dl { margin-top: 1.5rem; border-top: 1px solid var(--edge); }
dl div { display: flex; gap: 1rem; padding: .625rem 0; border-bottom: 1px solid var(--edge); }
dt { flex: 0 0 6.5rem; color: var(--soft); }
dd { flex: 1; min-width: 0; font-weight: 600; overflow-wrap: anywhere; }
.try { margin-top: 1.5rem; color: var(--soft); }
pre {
  margin-top: .5rem; padding: .75rem .875rem; background: var(--well); border: 1px solid var(--edge);
  border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all;
}
code { font: .9375rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.next { margin-top: 1.5rem; color: var(--soft); text-wrap: pretty; }
footer { color: var(--soft); font-size: .875rem; letter-spacing: .04em; }
@media (max-width: 30rem) {
  body { padding: 1rem .75rem; }
  main { padding: 1.75rem 1.25rem 1.5rem; }
  dl div { flex-direction: column; gap: 0; }
  dt { flex-basis: auto; font-size: .875rem; }
}
@media (forced-colors: active) {
  main, pre { border-color: CanvasText; }
  svg { stroke: CanvasText; }
  circle { opacity: 1; }
}
@media (prefers-contrast: more) {
  :root { --edge: currentColor; --soft: var(--ink); }
  circle { opacity: 1; }
}
`
