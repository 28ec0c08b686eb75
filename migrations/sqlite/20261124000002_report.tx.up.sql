-- What the yearly report finds its entries by, among all decisions and deadlines.
CREATE INDEX decisions_dpia_idx ON decisions (org_id, decided_at) WHERE stage = 'dpia' AND outcome IN ('waived', 'reused');
CREATE INDEX deadlines_review_idx ON deadlines (org_id, due_at) WHERE kind = 'review' AND cancelled_at IS NULL;
CREATE INDEX stages_standing_idx ON stages (org_id, case_id) WHERE advice = 'standing_advice';
