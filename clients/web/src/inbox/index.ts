/**
 * The inbox: my tasks on top, what waits below, and from 1200 px on the open task beside them. `useSelection()` is what
 * `x` has selected: names of tasks of mine.
 */
export { Desk } from "./Desk";
export { clearSelection, toggleSelected, useSelection } from "./selection";
