import { Mark } from "../ui/Mark";
import { ConnectionState } from "./ConnectionState";
import { Navigation } from "./Navigation";
import { hrefOf, type Page } from "./route";
import { SettingsMenu } from "./SettingsMenu";
import classes from "./TopBar.module.css";

/** Where I am, how the connection stands, who I am. */
export function TopBar({ page }: { readonly page: Page }) {
  return (
    <header className={classes.bar}>
      <a className={classes.home} href={hrefOf("inbox")} aria-label="Andon, inbox">
        <Mark />
        <span className={classes.name}>Andon</span>
      </a>
      <div className={classes.pages}>
        <Navigation page={page} />
      </div>
      <ConnectionState />
      <SettingsMenu />
    </header>
  );
}
