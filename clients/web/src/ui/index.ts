/**
 * Small shared pieces. Colours come from styles/theme.css (`--ink`, `--ink-2`, `--line`, `--surface`, `--surface-2`,
 * `--accent`, and for tones `--good`, `--bad`, `--warn`, `--info` each with `-soft`); nothing is told by colour alone.
 */
export { Age } from "./Age";
export { Badge, type Tone } from "./Badge";
export { OutcomeBadge, PriorityBadge, RouteBadge, TaskKindBadge } from "./badges";
export { Copy } from "./Copy";
export { Countdown } from "./Countdown";
export { Dialog } from "./Dialog";
export { Empty } from "./Empty";
export { ErrorNotice } from "./ErrorNotice";
export { Kbd } from "./Kbd";
export { KeyValue } from "./KeyValue";
export { Mark } from "./Mark";
export { Moment } from "./Moment";
export { Section } from "./Section";
export { Waiting } from "./Waiting";
