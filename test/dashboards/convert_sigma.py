"""Reads the Sigma rules of a folder, checks them, and prints what pySigma makes of them as one JSON array.

Arguments: the folder, and a processing pipeline. Each rule becomes {"name", "query"}: a Lucene query for OpenSearch; each correlation
{"name", "type", "rules", "fields", "seconds", "count"}: what it counts, under the names of the pipeline (pySigma makes no Lucene query of those).
A rule that pySigma cannot read, or that a validator complains of, ends the program.
"""

import json
import sys
from pathlib import Path

from sigma.backends.opensearch import OpensearchLuceneBackend
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.plugins import InstalledSigmaPlugins
from sigma.processing.pipeline import ProcessingPipeline
from sigma.validation import SigmaValidator

# Looks names up at MITRE, or in lists of SigmaHQ's own products.
NOT_FOR_US = {"attacktag", "d3_fendtag", "sigmahq_logsource_known", "sigmahq_fieldname_cast"}


def rules_of(folder):
    texts = [path.read_text() for path in sorted(Path(folder).glob("*.yml"))]
    return SigmaCollection.from_yaml("---\n".join(texts))


def check(rules):
    validators = InstalledSigmaPlugins.autodiscover().validators
    chosen = {validator for name, validator in validators.items() if name not in NOT_FOR_US}
    issues = SigmaValidator(chosen).validate_rules(rules)
    if issues:
        sys.exit("\n".join(str(issue) for issue in issues))


def correlation(rule, aliases):
    fields = {reference.reference: [aliases.get(name, {}).get(reference.reference, name) for name in rule.group_by or []] for reference in rule.rules}
    condition = rule.condition
    return {
        "name": rule.name,
        "type": rule.type.name.lower(),
        "rules": [reference.reference for reference in rule.rules],
        "fields": fields,
        "seconds": rule.timespan.seconds,
        "count": None if condition is None else {"field": condition.fieldref, "op": condition.op.name.lower(), "than": condition.count},
    }


def main(folder, pipeline):
    rules = rules_of(folder)
    check(rules)
    transformed = lambda: ProcessingPipeline.from_yaml(Path(pipeline).read_text())
    answers = []
    for rule in rules.rules:
        if isinstance(rule, SigmaCorrelationRule):
            continue
        # Read again, by itself: beside a correlation that counts it, a rule makes no query of its own.
        alone = SigmaCollection([type(rule).from_dict(rule.to_dict())])
        [query] = OpensearchLuceneBackend(processing_pipeline=transformed()).convert(alone)
        answers.append({"name": rule.name, "query": query})
    for rule in rules.rules:
        if not isinstance(rule, SigmaCorrelationRule):
            continue
        transformed().apply(rule)
        aliases = {alias.alias: {reference.reference: field for reference, field in alias.mapping.items()} for alias in rule.aliases}
        answers.append(correlation(rule, aliases))
    json.dump(answers, sys.stdout, indent=1)


main(*sys.argv[1:])
