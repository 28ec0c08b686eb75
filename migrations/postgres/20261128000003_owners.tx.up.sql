-- A case is the project owner's whom its last intake names, and no longer whoever opened
-- it: they are the one who is told of it and has it in their list.
UPDATE cases SET project_owner_id = (
    SELECT p.person_id FROM case_people AS p
    WHERE p.org_id = cases.org_id AND p.case_id = cases.id AND p.role = 'project_owner' AND p.source = 'named'
) WHERE EXISTS (
    SELECT 1 FROM case_people AS p
    WHERE p.org_id = cases.org_id AND p.case_id = cases.id AND p.role = 'project_owner' AND p.source = 'named'
        AND p.person_id <> cases.project_owner_id
);
