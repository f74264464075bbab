"""A refund service that moves money only after Andon has let the AI's decision pass.

ANDON_TOKEN=… python process_refund.py --amount 40 --confidence 0.93
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from andon_client import AndonError, Proposal, Refused, StillPending, SyncClient, current_decision

client = SyncClient()  # ANDON_ADDRESS (default localhost:50051) and ANDON_TOKEN, a submitter's


@client.gate(action="refund.issue", model=("refund-assistant", "1"), currency="EUR", timeout=300)
def execute_refund(prediction: dict[str, Any], order: str) -> str:
    """Runs only if the decision passed, with the reviewer's amount where it was corrected."""
    return f"refunded {prediction['amount']:.2f} EUR for {order}; idempotency key {current_decision().name}"


def analyze_refund_request(amount: float, confidence: float, order: str) -> Proposal:
    """Stands for the model: what it saw, what it proposes, how sure it is and why."""
    return Proposal(
        input={"order": order, "message": "The parcel arrived broken.", "requested": amount},
        prediction={"decision": "refund", "amount": amount},
        confidence=confidence,
        reasoning="The photo shows a broken parcel, and the order is younger than 30 days.",
        amount=amount,
        subject=f"orders/{order}",
    )


def main() -> int:
    """0: refunded; 1: not refunded, and why."""
    parser = argparse.ArgumentParser(description="Ask for a refund.")
    parser.add_argument("--amount", type=float, default=40.0)
    parser.add_argument("--confidence", type=float, default=0.93)
    parser.add_argument("--order", default="A-1001")
    options = parser.parse_args()
    try:
        print(execute_refund(analyze_refund_request(options.amount, options.confidence, options.order), options.order))
    except StillPending as pending:
        print(f"nobody has judged it yet; go on later with execute_refund.resume({pending.name!r}, …)")
    except Refused as refused:
        print(f"not refunded: {refused}")
    except AndonError as error:
        print(f"not refunded: {error}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
