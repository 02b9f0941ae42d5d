Feature: The event bus feeds the trail

  Scenario Outline: Each audited type makes one row
    Given a service connected to a bus
    When "<type>" is emitted
    And the service is flushed
    Then the trail holds 1 event of type "<type>"

    Examples:
      | type               |
      | plan_applied       |
      | plan_cancelled     |
      | resource_modified  |
      | correction_applied |
      | config_changed     |
      | entity_deleted     |
      | session_created    |
      | auth_success       |
      | auth_failure       |

  Scenario Outline: A type that is not audited makes none
    Given a service connected to a bus
    When "<type>" is emitted
    And the service is flushed
    Then there is nothing on disk

    Examples:
      | type            |
      | tool.invoked    |
      | cache_warmed_up |

  Scenario: Types of a program's choice
    Given a service connected to a bus for the types "tool.invoked"
    When "tool.invoked" is emitted
    And "plan_applied" is emitted
    And the service is flushed
    Then a second process counts 1 event

  Scenario: Handlers are called in the order in which they subscribed, in the thread that emits
    Given a bus with the handlers a, b and c
    When "plan_applied" is emitted
    Then the handlers a, b, c were called in this thread

  Scenario: After the service is gone, the bus counts what could not be recorded
    Given a service connected to a bus
    When the service is dropped
    And "plan_applied" is emitted
    Then the bus has counted 1 failure
