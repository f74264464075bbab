import { type Binding, useBindings } from "../keys";
import { Kbd } from "../ui/Kbd";
import classes from "./KeyList.module.css";

/** The keys in force, by heading. */
export function KeyList() {
  const groups = useBindings().filter((group) => group.bindings.some(isListed));
  const scopes = [...new Set(groups.map((group) => group.scope))];
  return scopes.map((scope) => (
    <section key={scope}>
      <h3 className={classes.scope}>{scope}</h3>
      <ul className={classes.keys}>
        {groups
          .filter((group) => group.scope === scope)
          .flatMap((group) => group.bindings.filter(isListed))
          .map((binding) => (
            <li key={`${binding.keys} ${binding.label}`}>
              <span>{binding.label}</span>
              <span className={classes.names}>
                {[binding.keys].flat().map((name) => (
                  <Kbd key={name} keys={name} />
                ))}
              </span>
            </li>
          ))}
      </ul>
    </section>
  ));
}

function isListed(binding: Binding): boolean {
  return !binding.hidden && !binding.disabled;
}
