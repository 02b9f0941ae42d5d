Feature: An operation has an intent before and an outcome after

  Scenario Outline: Its outcome is recorded with its duration
    Given a service
    When an operation is begun and <end>
    And the service is flushed
    Then its intent and its outcome "<outcome>" are in the trail
    And the outcome says "<said>"

    Examples:
      | end       | outcome   | said           |
      | succeeds  | success   |                |
      | fails     | failure   | no such file   |
      | is denied | denied    | not on Fridays |
      | is dropped | cancelled |               |

  Scenario Outline: A killed process's open operation is ended as unknown by the next that records
    When a program in <mode> mode begins an operation and is killed
    And a service in <next> mode records one event
    Then its intent and its outcome "unknown" are in the trail
    And there is one outcome only, also after another process has recorded

    Examples:
      | mode         | next         |
      | asynchronous | asynchronous |
      | synchronous  | asynchronous |
      | asynchronous | synchronous  |
      | synchronous  | synchronous  |

  Scenario Outline: Nobody ends the operations of a process that lives
    When a program in <mode> mode begins an operation and lives on
    And a service in asynchronous mode records one event
    Then its intent is in the trail and no outcome
    When the program is killed
    And a service in asynchronous mode records one event
    Then its intent and its outcome "unknown" are in the trail

    Examples:
      | mode         |
      | asynchronous |
      | synchronous  |

  Scenario Outline: An operation left open at close is ended as unknown by the next that records
    Given a service in <mode> mode
    When an operation is begun and left open
    And the service is closed
    And a service in <mode> mode records one event
    Then its intent and its outcome "unknown" are in the trail

    Examples:
      | mode         |
      | asynchronous |
      | synchronous  |

  Scenario: A refused intent begins nothing and gives the event back
    Given a service
    When an operation of type "tool.invokd" is begun
    Then it is refused as "UnknownType" with a message about "tool.invoked"
    And the event is given back
