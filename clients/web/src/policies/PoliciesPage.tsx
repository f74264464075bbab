import { useState } from "react";

import { useApi } from "../api";
import { hrefOf, navigate, useRoute } from "../app/route";
import { NotAllowed } from "../decisions/NotAllowed";
import { useLoaded } from "../decisions/useLoaded";
import { useMay } from "../session";
import { ErrorNotice, Waiting } from "../ui";
import { exampleFor } from "./example";
import { PolicyCard } from "./PolicyCard";
import classes from "./policies.module.css";
import { Revision } from "./Revision";
import { TryIt } from "./TryIt";

const REFRESH = 30_000;

/** The rules in force, readable, and a place to try a decision against them. */
export default function PoliciesPage() {
  const api = useApi();
  const may = useMay("PolicyService/ListPolicies");
  const mayTry = useMay("DecisionService/Submit?validate_only");
  const tried = useRoute().query.get("try") ?? "";
  const [example, setExample] = useState({ text: "", turn: 0 });
  const { data, refusal } = useLoaded(
    "policies",
    (signal) => api.policies.listPolicies({}, { signal }),
    () => REFRESH,
  );
  if (!may) return <NotAllowed what="Policies" who="every role" />;
  const first = data?.policies.find(({ actions }) => !actions.includes("*")) ?? data?.policies[0];
  const startWith = example.text || exampleFor(first);
  const tryPolicy = (text: string) => {
    setExample(({ turn }) => ({ text, turn: turn + 1 }));
    if (tried !== "") navigate(hrefOf("policies"), true);
  };
  return (
    <div className={classes.page}>
      <h1 className={classes.heading}>Policies</h1>
      {refusal && <ErrorNotice refusal={refusal} title="The policies could not be read" />}
      {!data && !refusal && <Waiting />}
      {data && (
        <div className={classes.columns}>
          <div>
            <Revision answer={data} />
            {data.policies.map((policy) => (
              <PolicyCard
                key={policy.policy}
                policy={policy}
                onTry={mayTry ? () => tryPolicy(exampleFor(policy)) : undefined}
              />
            ))}
          </div>
          {mayTry ? (
            <TryIt
              key={`${tried} ${example.turn}`}
              decision={tried}
              example={startWith}
              revision={data.revision}
              focus={example.turn > 0}
            />
          ) : (
            <NotAllowed
              what="Trying a decision"
              who="submitters, reviewers, leads, auditors, policy owners and admins"
            />
          )}
        </div>
      )}
    </div>
  );
}
